// pgbench, where it is installed: it uses less processor time than any loader of ours.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { atTheEnd } from '../cleanup.ts'
import { type Measured, measuredOf } from '../measured.ts'
import { numbered, type Statement } from './statement.ts'
import { warmSecondsOf } from './warm.ts'

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

/** Runs the statement, prepared, from so many clients on one thread, for a whole number of seconds from when it is warm. */
export async function runPgbench(
  program: string,
  url: string,
  statement: Statement,
  clients: number,
  seconds: number,
  onWarm?: () => void,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'weelo-pgbench-'))
  const remove = atTheEnd(() => rmSync(folder, { recursive: true, force: true }))
  const script = join(folder, 'script.sql')
  writeFileSync(script, `${statement.text.replaceAll(/\s+/g, ' ')};\n`)
  const values = numbered(statement).names.flatMap((name) => ['-D', `${name}=${statement.values[name]}`])
  const warmSeconds = warmSecondsOf(seconds)
  const counts = ['-c', `${clients}`, '-j', '1', '-T', `${warmSeconds + seconds}`]
  const toldWhenWarm = ['-P', `${warmSeconds}`, '--progress-timestamp']
  const args = [
    '-n',
    '-M',
    'prepared',
    ...counts,
    ...toldWhenWarm,
    '-l',
    `--log-prefix=${join(folder, 'log')}`,
    '-f',
    script,
    ...values,
    url,
  ]
  const timeout = Math.ceil((warmSeconds + seconds + GRACE_SECONDS) * 1000)
  const running = promisify(execFile)(program, args, { timeout, killSignal: 'SIGKILL' })
  const end = atTheEnd(() => running.child.kill('SIGKILL'))
  let warmAt = 0
  running.child.stderr?.on('data', (line: string) => {
    const at = Number(/^progress: ([\d.]+) s/m.exec(line)?.[1])
    if (warmAt > 0 || !(at > 0)) return
    warmAt = at
    onWarm?.()
  })
  await running.catch((error) => {
    throw new Error(`pgbench failed: ${error.stderr ?? error.message}`)
  })
  await end()
  if (warmAt === 0) throw new Error('pgbench did not say when it was warm')
  const measured = measuredOf(latenciesIn(folder, warmAt), seconds)
  await remove()
  if (!(measured.operations > 0)) throw new Error(`pgbench did nothing in ${seconds} s`)
  return measured
}

/** Of what ended after `since`. Each line of its log: client, number, microseconds, script, second of the end, its microseconds. */
const latenciesIn = (folder: string, since: number): number[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith('log'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
    .map((line) => line.split(' ').map(Number))
    .filter(([, , , , second = 0, micros = 0]) => second + micros / 1e6 > since)
    .map(([, , micros = Number.NaN]) => micros / 1000)
