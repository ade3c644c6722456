// Runs chosen rows one after another, and writes what each found as soon as it has found it.
import { pgbenchProgram } from './load/pgbench.ts'
import { type Header, headerOf } from './machine.ts'
import type { Options } from './options.ts'
import { writeRow } from './report.ts'
import type { Bench, Row, RowResult } from './row.ts'
import { openSeeded } from './seeded.ts'
import { productionSettings, startServer } from './server.ts'

export type Run = Pick<
  Options,
  'pairs' | 'seconds' | 'clients' | 'rows' | 'due' | 'loader' | 'out' | 'data' | 'settings'
>

/** `log` hears the progress. */
export async function runRows(chosen: Row[], options: Run, log: (line: string) => void) {
  const settings = [...productionSettings, ...options.settings]
  const pgbench = options.loader === 'pgbench' ? pgbenchProgram() : undefined
  const { pairs, seconds, clients, rows, due } = options
  const server = once(() => startServer(settings))
  const seeded = once(async () => openSeeded(rows, settings, options.data, log))
  const header = await headerOf(await server(), settings, pgbench)
  const results: Record<string, RowResult> = {}
  for (const { name, about, run } of chosen) {
    log(`${name}: ${about}`)
    const bench: Bench = {
      pairs,
      seconds,
      clients,
      rows,
      due,
      pgbench,
      server,
      seeded,
      log: (line) => log(`  ${line}`),
    }
    const result = await run(bench)
    writeRow(options.out, name, header, { pairs, seconds, clients, rows, due }, result)
    results[name] = result
  }
  return { header, results } satisfies { header: Header; results: Record<string, RowResult> }
}

/** What is made when it is first asked for. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined
  return () => {
    made ??= make()
    return made
  }
}
