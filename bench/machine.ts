// On what it was measured: without it a ratio is a rumour.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { resolve, sep } from 'node:path'
import { newestMigration } from '../src/db/migration-plan.ts'
import { readVersion } from '../src/version.ts'
import { versionOfPgbench } from './load/pgbench.ts'
import { ask, type Server } from './server.ts'

export type Header = Record<string, string>

/** Shown besides those that the run has set. */
const alwaysShown = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'wal_level',
  'jit',
  'autovacuum',
]

/** Throws where the server would lose what it has answered for. `data` is the other server's folder, if it is kept. */
export async function headerOf(
  server: Server,
  settings: string[],
  pgbench: string | undefined,
  data?: string,
): Promise<Header> {
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
    disk: [...new Set([server.folder, data ?? server.folder].map(fileSystemOf))].join(', '),
    settings: await settingsOf(server, settings),
  }
}

/** What the running server says, not what it was told. */
async function settingsOf(server: Server, told: string[]): Promise<string> {
  const names = [...new Set([...alwaysShown, ...told.map((setting) => setting.split('=')[0])])]
  const rows = await ask<{ name: string; value: string }>(
    server.superuser('postgres'),
    `select name, current_setting(name) as value from pg_settings where name = any ($1)
     order by array_position($1, name)`,
    [names],
  )
  if (rows.some(({ name, value }) => name === 'fsync' && value !== 'on'))
    throw new Error(
      'The server runs with fsync off: what it answers may be lost, and costs less. Nothing was measured.',
    )
  return rows.map(({ name, value }) => `${name}=${value}`).join(', ')
}

/** Its type, by the longest mount point above the folder. */
function fileSystemOf(folder: string): string {
  if (!existsSync('/proc/mounts')) return 'unknown'
  const within = (mount = '') => `${resolve(folder)}${sep}`.startsWith(mount.endsWith(sep) ? mount : `${mount}${sep}`)
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, mount]) => within(mount))
  return mounts.sort(([, a = ''], [, b = '']) => a.length - b.length).at(-1)?.[2] ?? 'unknown'
}

/** In any file that git knows, the results aside, which runs write; or by a new file of the service. */
function isChanged(): boolean {
  const status = (...args: string[]) =>
    execFileSync('git', ['status', '--porcelain', ...args], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).length > 0
  try {
    const service = ['../sql', '../src', '../migrations']
    return status('--untracked-files=no', '--', '..', ':(exclude)results') || status('--', ...service)
  } catch {
    return false // no checkout
  }
}
