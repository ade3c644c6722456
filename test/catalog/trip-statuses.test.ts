import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'

const { owner } = await copyDatabase()

describe('a status of a trip', () => {
  // Whoever adds a status decides here what it is: whether it keeps its vehicle and driver, and whether it fills its request.
  const classified: Record<string, { isLive: boolean; fillsRequest: boolean }> = {
    driver_accepted: { isLive: true, fillsRequest: true },
    in_transit: { isLive: true, fillsRequest: true },
    completed: { isLive: false, fillsRequest: true },
    withdrawn: { isLive: false, fillsRequest: false },
    cancelled: { isLive: false, fillsRequest: false },
  }
  const words = (text: string) => [...text.matchAll(/'(\w+)'/g)].map(([, word]) => word ?? '')

  it('is classified here and allowed by the check: the same list twice', async () => {
    const { text } = await one<{ text: string }>(
      owner,
      "select pg_get_constraintdef(oid) as text from pg_constraint where conname = 'trip_status_is_known'",
    )
    expect(words(text).sort()).toEqual(Object.keys(classified).sort())
  })

  it('is_live and fills_request say what it is', async () => {
    const { rows } = await owner.query<{ name: string; expression: string }>(
      `select a.attname as name, pg_get_expr(d.adbin, d.adrelid) as expression from pg_attrdef d
       join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
       where d.adrelid = 'app.trips'::regclass and a.attgenerated = 's' order by 1`,
    )
    expect(rows.map(({ name }) => name)).toEqual(['fills_request', 'is_live'])
    const [fills, live] = rows.map(({ expression }) => expression)
    const said = await owner.query(
      `select status, ${live} as "isLive", ${fills} as "fillsRequest" from unnest($1::text[]) as s(status)`,
      [Object.keys(classified)],
    )
    expect(Object.fromEntries(said.rows.map(({ status, ...facts }) => [status, facts]))).toEqual(classified)
  })

  it('is left by a legal move exactly while it is live', async () => {
    const { text } = await one<{ text: string }>(
      owner,
      "select pg_get_triggerdef(oid) as text from pg_trigger where tgname = 'trip_move_is_legal'",
    )
    const moves = words(text.slice(text.indexOf('WHEN')))
    const left = new Set(moves.filter((_, i) => i % 2 === 0))
    const live = Object.keys(classified).filter((status) => classified[status]?.isLive)
    expect([...left].sort()).toEqual(live.sort())
  })
})
