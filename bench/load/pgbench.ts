// pgbench, where it is installed: it uses less processor time than any loader of ours.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { atTheEnd } from '../cleanup.ts'
import { type Measured, measuredOf } from '../measured.ts'
import { numbered, type Statement } from './statement.ts'

const debianFolder = '/usr/lib/postgresql'
/** Beyond its own seconds, to connect and to write its log. */
const GRACE_SECONDS = 60

/** The newest that Debian has installed, or the one on the path. */
export function pgbenchProgram(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debianFolder, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file))
}

export async function versionOfPgbench(program: string): Promise<string> {
  return (await promisify(execFile)(program, ['--version'])).stdout.trim()
}

/** Runs the statement, prepared, from so many clients on one thread. `seconds` is a whole number, at least 1. */
export async function runPgbench(
  program: string,
  url: string,
  statement: Statement,
  clients: number,
  seconds: number,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'weelo-pgbench-'))
  const remove = atTheEnd(() => rmSync(folder, { recursive: true, force: true }))
  const script = join(folder, 'script.sql')
  writeFileSync(script, `${statement.text.replaceAll(/\s+/g, ' ')};\n`)
  const values = numbered(statement).names.flatMap((name) => ['-D', `${name}=${statement.values[name]}`])
  const counts = ['-c', `${clients}`, '-j', '1', '-T', `${seconds}`]
  const args = [
    '-n',
    '-M',
    'prepared',
    ...counts,
    '-l',
    `--log-prefix=${join(folder, 'log')}`,
    '-f',
    script,
    ...values,
    url,
  ]
  const timeout = Math.ceil((seconds + GRACE_SECONDS) * 1000)
  const running = promisify(execFile)(program, args, { timeout, killSignal: 'SIGKILL' })
  const end = atTheEnd(() => running.child.kill('SIGKILL'))
  const { stdout } = await running.catch((error) => {
    throw new Error(`pgbench failed: ${error.stderr ?? error.message}`)
  })
  await end()
  const measured = measuredOf(latenciesIn(folder), seconds)
  await remove()
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1])
  if (!(perSecond > 0)) throw new Error(`pgbench did nothing in ${seconds} s:\n${stdout}`)
  return { ...measured, perSecond }
}

/** Each line of its log: client, number, microseconds, … */
const latenciesIn = (folder: string): number[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith('log'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
    .map((line) => Number(line.split(' ')[2]) / 1000)
