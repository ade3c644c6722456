// How well a program serves the writers, for the comparison of before and after.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../support/program.ts'
import { totalOf } from '../support/samples.ts'
import { range } from '../support/scale.ts'
import { quantile, type Writers } from './load.ts'
import { scrape } from './metrics.ts'

/** The rate is their median: a checkpoint, or a burst of something else on the machine, is in one or two of them. */
const WINDOWS = 5
const WINDOW_MS = 3_000

export type Measured = {
  /** Creates granted per second. */
  rate: number
  /** Of the pool that serves creates, in use or idle. */
  sessions: number
  /** The service's longest since the last time that somebody asked for its metrics. */
  pauseSeconds: number
}

/** Takes 15 s. What the metrics do not tell is NaN. */
export async function measure(program: Program, writers: Writers): Promise<Measured> {
  const rates: number[] = []
  for (const _ of range(WINDOWS)) {
    const since = performance.now()
    await sleep(WINDOW_MS)
    rates.push(writers.rateSince(since))
  }
  const samples = await scrape(program)
  const told = (name: string, labels = {}) => totalOf(samples, name, labels) ?? Number.NaN
  const ofPool = (state: string) => told('weelo_database_sessions', { pool: 'rest', state })
  return {
    rate: quantile(rates, 0.5),
    sessions: ofPool('in_use') + ofPool('idle'),
    pauseSeconds: told('nodejs_eventloop_lag_max_seconds'),
  }
}
