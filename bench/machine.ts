// On what it was measured: without it a ratio is a rumour.
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { newestMigration } from '../src/db/migration-plan.ts'
import { readVersion } from '../src/version.ts'
import { versionOfPgbench } from './load/pgbench.ts'
import { ask, type Server } from './server.ts'

export type Header = Record<string, string>

export async function headerOf(server: Server, settings: string[], pgbench: string | undefined): Promise<Header> {
  const [row] = await ask<{ version: string }>(server.superuser('postgres'), 'select version()')
  const { commit, sql } = readVersion({})
  return {
    date: new Date().toISOString(),
    commit: isChanged() ? `${commit} and changes to it` : commit,
    schema: `${newestMigration()}, sql ${sql}`,
    machine: `${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown make'}, ${Math.round(totalmem() / 1024 ** 3)} GB, ${process.platform} ${release()}`,
    database: row?.version.split(' on ')[0] ?? 'unknown',
    node: process.version,
    load: pgbench ? await versionOfPgbench(pgbench) : 'our own loader',
    settings: settings.join(', '),
  }
}

function isChanged(): boolean {
  try {
    const args = ['status', '--porcelain', '--untracked-files=no']
    return execFileSync('git', args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] }).length > 0
  } catch {
    return false // no checkout
  }
}
