// A statement under load, from a second process: pgbench where there is one, else a loader of our own.
import type { Measured } from '../measured.ts'
import type { Bench } from '../row.ts'
import type { Server } from '../server.ts'
import { inSecondProcess } from './job.ts'
import { runPgbench } from './pgbench.ts'
import { numbered, type Statement } from './statement.ts'
import type { StatementJob } from './statement-loader.ts'

/** It knows whole seconds alone. */
const LEAST_PGBENCH_SECONDS = 1

type OwnLoad = Pick<StatementJob, 'seconds' | 'clients' | 'rate' | 'refusal'>

/** By our own loader. `variants` replace the statement's values, each list by name. */
export function runOwnLoad(
  url: string,
  statement: Statement,
  load: OwnLoad,
  variants: Record<string, string>[] = [{}],
  onWarm?: () => void,
): Promise<Measured> {
  const { text, names } = numbered({ ...statement, values: { ...statement.values, ...variants[0] } })
  const valuesOf = (variant: Record<string, string>) =>
    names.map((name) => variant[name] ?? statement.values[name] ?? '')
  const job: StatementJob = { url, text, variants: variants.map(valuesOf), ...load }
  return inSecondProcess<Measured>('statement-loader.ts', job, onWarm)
}

/** The same statement with the same values from so many clients, by pgbench where the run uses it. */
export function runLoad(
  { pgbench, clients }: Pick<Bench, 'pgbench' | 'clients'>,
  url: string,
  statement: Statement,
  seconds: number,
  onWarm?: () => void,
): Promise<Measured> {
  if (!pgbench) return runOwnLoad(url, statement, { seconds, clients }, [{}], onWarm)
  return runPgbench(pgbench, url, statement, clients, Math.max(LEAST_PGBENCH_SECONDS, Math.round(seconds)), onWarm)
}

/** With the server's processor time for each operation, from when the load is warm. */
export async function withServerTime<Result extends Measured>(
  server: Server,
  run: (onWarm: () => void) => Promise<Result>,
): Promise<Result> {
  let before = server.processorSeconds()
  const measured = await run(() => {
    before = server.processorSeconds()
  })
  const after = server.processorSeconds()
  if (before === undefined || after === undefined) return measured
  return { ...measured, serverMicroseconds: ((after - before) * 1e6) / measured.operations }
}
