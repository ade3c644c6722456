import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rolledBack } from '../support/database.ts'

it(
  'the state machine drawn in sql/README.md is the one in app.order_transitions',
  rolledBack(async (db) => {
    const drawing = readFileSync(join(import.meta.dirname, '..', '..', 'sql', 'README.md'), 'utf8')
    const drawn = [...drawing.matchAll(/^ {2}(\w+) --> (\w+)(: clock)?/gm)].map(
      ([, from, to, clock]) => `${from} ${to} ${clock !== undefined}`,
    )
    const { rows } = await db.query<{ move: string }>(
      "select from_status || ' ' || to_status || ' ' || is_by_clock_only as move from app.order_transitions",
    )
    expect(drawn.sort()).toEqual(rows.map((row) => row.move).sort())
  }),
)
