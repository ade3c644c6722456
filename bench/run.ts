// Runs chosen rows one after another, and writes what each found as soon as it has found it.

import { isStopping } from './cleanup.ts'
import { pgbenchProgram } from './load/pgbench.ts'
import { type Header, headerOf } from './machine.ts'
import type { Options } from './options.ts'
import { writeRow } from './report.ts'
import type { Bench, Row, RowResult } from './row.ts'
import { openSeeded } from './seeded.ts'
import { productionSettings, startServer } from './server.ts'
import { stopServices } from './service.ts'

export type Run = Pick<
  Options,
  'pairs' | 'seconds' | 'clients' | 'rows' | 'due' | 'loader' | 'out' | 'data' | 'settings'
>

/** `log` hears the progress. A row that fails costs its own figures; the rows after it run. */
export async function runRows(chosen: Row[], options: Run, log: (line: string) => void) {
  const settings = [...productionSettings, ...options.settings]
  const pgbench = options.loader === 'pgbench' ? pgbenchProgram() : undefined
  const { pairs, seconds, clients, rows, due } = options
  const server = once(() => startServer(settings))
  const seeded = once(async () => openSeeded(rows, settings, options.data, log))
  const header = await headerOf(await server(), settings, pgbench, options.data)
  const told = { pairs, seconds, clients, rows, due }
  const bench: Bench = { ...told, pgbench, server, seeded, log: (line) => log(`  ${line}`) }
  const results: Record<string, RowResult> = {}
  const failures: Record<string, string> = {}
  for (const { name, about, run } of chosen) {
    log(`${name}: ${about}`)
    try {
      results[name] = await run(bench)
      writeRow(options.out, name, header, told, results[name])
    } catch (error) {
      if (isStopping()) throw error
      failures[name] = error instanceof Error ? error.message : String(error)
      log(`${name} failed: ${failures[name]}`)
      await stopServices()
    }
  }
  return { header, results, failures } satisfies Found
}

type Found = { header: Header; results: Record<string, RowResult>; failures: Record<string, string> }

/** What is made when it is first asked for. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined
  return () => {
    made ??= make()
    return made
  }
}
