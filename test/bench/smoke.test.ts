// That every row runs and counts what it says: never how fast, since a machine that tests is busy.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { atTheEnd, cleanUp } from '../../bench/cleanup.ts'
import { pgbenchProgram } from '../../bench/load/pgbench.ts'
import { runOwnLoad } from '../../bench/load/statements.ts'
import { tableOf } from '../../bench/report.ts'
import { rows } from '../../bench/rows.ts'
import { runRows } from '../../bench/run.ts'
import { copyDatabase } from '../support/database.ts'
import { isFull, scaled } from '../support/scale.ts'

const copy = await copyDatabase()

/** A row for each kind of load: statements, refusals, HTTP, set-based rows and sweeps. The full tests run all. */
const small = ['create', 'refused', 'shell', 'sweep', 'sweep-beside']
const chosen = scaled({ full: rows.map(({ name }) => name), small })
const withoutRatios = ['empty-sweep', 'footprint', 'clients']
const DUE = 1_500
/** For a machine that is busy: how long it takes is nobody's rule. */
const LIMIT_MS = scaled({ full: 900_000, small: 180_000 })

const out = mkdtempSync(join(tmpdir(), 'weelo-bench-results-'))
atTheEnd(() => rmSync(out, { recursive: true, force: true }))
const settings = ['shared_buffers=128MB']
const tiny = {
  pairs: 1,
  seconds: 0.3,
  clients: 4,
  rows: 1_000,
  due: DUE,
  loader: 'own',
  data: undefined,
  settings,
  out,
}
const broken = { name: 'broken', about: '', run: () => Promise.reject(new Error('the disk is full')) }
let run: Awaited<ReturnType<typeof runRows>>
/** A load that is warm first takes seconds, so it goes on beside the rows. */
const steady = { seconds: 1, clients: 2, rate: 20, warmAfterMs: 0, operations: 0 }

beforeAll(async () => {
  const wanted = rows.filter(({ name }) => chosen.includes(name))
  const startedAt = performance.now()
  const { seconds, clients, rate } = steady
  const [found, measured] = await Promise.all([
    runRows([broken, ...wanted], tiny, () => {}),
    runOwnLoad(copy.ownerUrl, { text: 'select 1', values: {} }, { seconds, clients, rate }, [{}], () => {
      steady.warmAfterMs = performance.now() - startedAt
    }),
  ])
  run = found
  steady.operations = measured.operations
}, LIMIT_MS)
afterAll(cleanUp)

const written = (row: string) => JSON.parse(readFileSync(join(out, `${row}.json`), 'utf8'))
const fact = (row: string, name: string) => run.results[row]?.facts.find((each) => each.name.includes(name))?.value

it('a row that fails costs only its own figures, and the table says why', () => {
  expect(run.failures).toEqual({ broken: 'the disk is full' })
  expect(Object.keys(run.results)).toEqual(chosen)
  expect(tableOf(run.header, [], run.failures)).toContain('**row broken failed**: the disk is full')
})

it('every row that compares writes its ratios, and both of its sides have worked', () => {
  for (const row of chosen.filter((name) => !withoutRatios.includes(name))) {
    const { ratios, pairs } = written(row)
    expect(ratios.length, row).toBeGreaterThan(0)
    for (const { median, spread, ratios: each } of ratios) {
      expect(each, row).toHaveLength(1)
      expect(median, row).toBeGreaterThan(0)
      expect(spread, row).toEqual([median, median])
    }
    for (const { a, b } of Object.values(pairs).flat() as Record<'a' | 'b', { operations: number }>[]) {
      expect(a.operations, row).toBeGreaterThan(0)
      expect(b.operations, row).toBeGreaterThan(0)
    }
  }
})

it('refusals have taken no transaction id', () => {
  expect(fact('refused', 'transaction ids')).toBe(0)
})

it('a sweep has closed every due order, and a create was aimed at a batch of it', () => {
  const { pairs, curves } = written('sweep')
  expect(pairs.sweep[0].a.operations).toBe(DUE)
  expect(curves[0].series[0].points.at(-1)[1]).toBe(DUE)
  expect(fact('sweep-beside', 'aimed at the batch being closed')).toBeGreaterThan(0)
})

it('what a session does first is not counted: in a second at twenty a second there are twenty', () => {
  expect(steady.warmAfterMs).toBeGreaterThan(3_000)
  expect(steady.operations).toBeGreaterThanOrEqual(19)
  expect(steady.operations).toBeLessThanOrEqual(21)
})

it('what nobody could measure is no number in the table, and meets no goal', () => {
  const fact = { name: 'a wait', value: Math.max(...[]), unit: 'ms', goal: '< 1 ms', isMet: true }
  const ratio = {
    name: 'a ratio',
    goal: 1,
    a: 'a',
    b: 'b',
    ratios: [],
    median: Number.NaN,
    spread: [0, 0] as [number, number],
  }
  const table = tableOf({}, [{ ratios: [ratio], facts: [fact], curves: [] }])
  expect(table).not.toMatch(/NaN|Infinity|\bmet\b/)
})

it(
  'a server that may lose what it answered is not measured',
  async () => {
    const unsafe = { ...tiny, settings: [...settings, 'fsync=off'] }
    await expect(runRows([], unsafe, () => {})).rejects.toThrow('fsync off')
  },
  LIMIT_MS,
)

it.skipIf(!isFull || !pgbenchProgram())(
  'a row runs with pgbench where it is installed',
  async () => {
    const wanted = rows.filter(({ name }) => name === 'create')
    const { header, results } = await runRows(
      wanted,
      { ...tiny, loader: 'pgbench', out: join(out, 'pgbench') },
      () => {},
    )
    expect(header.load).toMatch(/^pgbench/)
    const [pair] = (results.create?.pairs?.create ?? []) as Record<'a' | 'b', { operations: number }>[]
    expect(pair?.a.operations).toBeGreaterThan(0)
    expect(pair?.b.operations).toBeGreaterThan(0)
  },
  LIMIT_MS,
)

it('says on what it was measured, and shows each ratio with its goal', () => {
  const table = tableOf(run.header, Object.values(run.results))
  for (const part of [
    'cores',
    'database: PostgreSQL',
    `node: ${process.version}`,
    'fsync=on',
    'synchronous_commit=on',
    'disk: ',
  ])
    expect(table).toContain(part)
  expect(table).toMatch(/\| create \/ the same four rows, 4 clients \| ≥ 0\.85 \| \d+\.\d{3} \|/)
  expect(written('create').header).toEqual(run.header)
})

it('draws a picture for a curve', () => {
  expect(existsSync(join(out, 'sweep.svg'))).toBe(true)
  expect(readFileSync(join(out, 'sweep.svg'), 'utf8')).toMatch(
    /^<svg [^>]*>[\s\S]*<polyline points="[\d., ]+"[\s\S]*<\/svg>\n$/,
  )
})
