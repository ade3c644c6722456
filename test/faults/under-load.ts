// A fault in the middle of a load: how many creates a second there were before and after it, and every answer from its
// beginning until they were granted again.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect } from 'vitest'
import type { Program } from '../support/program.ts'
import { tally } from '../support/scale.ts'
import { until } from '../support/until.ts'
import { type Attempt, type Granted, isYes, quantile, startWriters, type Writers } from './load.ts'
import { type Measured, measure } from './measure.ts'

const WRITERS = 64
const WARM_UP_GRANTS = 500
/** Nobody may wait longer; the test's own part of the way is in it. */
const LONGEST_ANSWER_MS = 3_000
/**
 * Of the rate before. PostgreSQL, the service and the writers share the machine's cores, so what one of them does by
 * itself, such as a sweep or a vacuum, is missing from the rate of the others. A pool that is not whole again need not
 * show in it and is counted.
 */
const LEAST_RATIO = 0.7
/** Longer than any recovery may take, so that a slow one is a figure and not an end of the test. */
const RECOVERY_LIMIT_MS = 60_000

/** The app's HTTP client calls again at once without Retry-After. */
const CLEAR_REFUSAL = '503 SERVICE_UNAVAILABLE Retry-After 1'

/** The first create that was begun after this instant and granted: when its answer came; undefined when none did. */
const servedAt = (attempts: Attempt[], since: number): number | undefined => {
  const first = attempts.find((attempt) => attempt.at > since && isYes(attempt))
  return first && first.at + first.ms
}

/** Resolves to the ms from this instant of performance.now() until creates are granted again. */
export async function recoveryMs(attempts: Attempt[], since: number): Promise<number> {
  await until(async () => servedAt(attempts, since) !== undefined, 'creates are granted again', RECOVERY_LIMIT_MS)
  return (servedAt(attempts, since) ?? Number.NaN) - since
}

/** Runs `fault` while 64 writers book with this program. `mended` is the instant from which the recovery counts. */
export async function underLoad(program: Program, fault: (writers: Writers) => Promise<{ mended: number }>) {
  const writers = startWriters(() => program.url, WRITERS)
  const { attempts, granted, refusals } = writers
  const ownPauses = monitorEventLoopDelay()
  ownPauses.enable()
  await until(async () => granted.length >= WARM_UP_GRANTS, 'creates are granted', RECOVERY_LIMIT_MS)
  const before = await measure(program, writers)
  const begunAt = performance.now()
  const { mended } = await fault(writers)
  const recovery = await recoveryMs(attempts, mended)
  const endedAt = performance.now()
  const after = await measure(program, writers)
  await writers.stop()
  ownPauses.disable()
  return {
    granted,
    refusals,
    statuses: Object.keys(tally(attempts.map(({ status }) => status))),
    before,
    after,
    recoveryMs: recovery,
    slowestMs: slowest(attempts),
    figures: {
      ...comparison(before, after),
      ...between(attempts, begunAt, endedAt),
      ...pauses(attempts, program, after.pauseSeconds, ownPauses),
      'ms until granted again': Math.round(recovery),
      ...orders(granted),
    },
  }
}

const slowest = (attempts: Attempt[]) => Math.max(...attempts.map(({ ms }) => ms))

const comparison = (before: Measured, after: Measured) => ({
  'creates per second before': Math.round(before.rate),
  'creates per second after': Math.round(after.rate),
  ratio: (after.rate / before.rate).toFixed(2),
  'database sessions before': before.sessions,
  'database sessions after': after.sessions,
})

function between(attempts: Attempt[], begunAt: number, endedAt: number) {
  const those = attempts.filter(({ at, ms }) => at + ms >= begunAt && at + ms <= endedAt)
  return {
    'answers in between': JSON.stringify(tally(those.map(({ status }) => status))),
    'creates per second in between': Math.round(those.filter(isYes).length / ((endedAt - begunAt) / 1000)),
  }
}

/** Where the time of the slowest answers went; `own` in ns. */
function pauses(attempts: Attempt[], program: Program, pauseSeconds: number, own: { max: number }) {
  const notYes = attempts.filter((attempt) => !isYes(attempt)).map(({ ms }) => ms)
  return {
    'slowest answer ms': Math.round(slowest(attempts)),
    'slowest by the log of the service ms': slowestByItsLog(program),
    'longest pause of the service ms': Math.round(pauseSeconds * 1000),
    'longest pause of the test itself ms': Math.round(own.max / 1e6),
    'median 503 ms': Math.round(quantile(notYes, 0.5)),
  }
}

const orders = (granted: Granted[]) => ({
  'orders acknowledged': granted.length,
  'of them after a retry': granted.filter((each) => each.attempts > 1).length,
})

const slowestByItsLog = (program: Program): number =>
  program
    .lines()
    .reduce((slowest, { msg, durationMs }) => Math.max(slowest, msg === 'request' ? Number(durationMs) : 0), 0)

/** Nobody waited for more than three seconds, was told anything but yes or 503, or is worse off afterwards. */
export function expectServed(result: Awaited<ReturnType<typeof underLoad>>): void {
  const { statuses, refusals, slowestMs, before, after } = result
  expect(statuses.filter((status) => !['200', '201', '503'].includes(status))).toEqual([])
  expect(Object.keys(refusals).filter((kind) => kind !== CLEAR_REFUSAL)).toEqual([])
  expect(slowestMs).toBeLessThan(LONGEST_ANSWER_MS)
  expect(before.sessions).toBeGreaterThan(0)
  expect(after.sessions).toBe(before.sessions)
  expect(after.rate / before.rate).toBeGreaterThan(LEAST_RATIO)
}

/** One line for docs/reliability.md. */
export function report(fault: string, figures: Record<string, string | number>): void {
  const pairs = Object.entries(figures).map(([name, value]) => `${name}: ${value}`)
  console.log(`${fault} | ${pairs.join(', ')}`)
}
