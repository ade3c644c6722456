// The real program as a child process, as `npm start` runs it.
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atTheEnd } from './at-the-end.ts'
import { testSecret } from './secret.ts'
import { until } from './until.ts'

export const project = join(import.meta.dirname, '..', '..')

export type Environment = Record<string, string>
type Line = Record<string, unknown> & { msg?: string; tag?: string; api?: string; admin?: string }
export type Exit = { code: number | null; signal: NodeJS.Signals | null; durationMs: number }

/** A folder that the embedded server's user may enter. Removed after the file. */
export function temporaryFolder(owner?: { uid: number; gid: number }): string {
  const folder = mkdtempSync(join(tmpdir(), 'weelo-program-'))
  chmodSync(folder, 0o711)
  if (owner) chownSync(folder, owner.uid, owner.gid)
  atTheEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }))
  return folder
}

/** Nothing of the test's own environment reaches the program but the path and the home. */
function spawnProgram(env: Environment, options: SpawnOptions = {}) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: project,
    env: { PATH, HOME, PORT: '0', ADMIN_PORT: '0', JWT_SECRET: testSecret, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  atTheEnd(() => (isRunning(child) ? end(child, 'SIGKILL') : undefined))
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk
  })
  return { child, output }
}

/** Starts it and waits for its `started` line. */
export async function startProgram(env: Environment, options: SpawnOptions = {}) {
  const { child, output } = spawnProgram(env, options)
  const lines = () => jsonLines(output.stdout)
  const startedLine = () => lines().find((line) => line.msg === 'started')
  await until(
    async () => {
      if (!isRunning(child)) throw new Error(`the program ended: ${output.stderr}`)
      return startedLine() !== undefined
    },
    'the program has started',
    30_000,
  )
  const { api = '', admin = '' } = startedLine() ?? {}
  const pid = child.pid ?? 0
  return { pid, url: api, adminUrl: admin, lines, output, end: (signal: NodeJS.Signals) => end(child, signal) }
}

export type Program = Awaited<ReturnType<typeof startProgram>>

/** Runs a program that is expected to give up by itself. */
export async function failedStart(env: Environment, options: SpawnOptions = {}) {
  const { child, output } = spawnProgram(env, options)
  const [code, signal] = await once(child, 'close')
  return { code, signal, stderr: output.stderr }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<Exit> {
  const startedAt = performance.now()
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code, by] = await exited
  return { code, signal: by, durationMs: performance.now() - startedAt }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

function jsonLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
}

type Process = { pid: number; parent: number; state: string; uid: number }

/** From /proc where there is one: slim images have no ps, and a zombie that nobody has collected is not alive. */
function processes(): Process[] {
  if (!existsSync('/proc/self/stat')) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,uid=']).toString().trim().split('\n')
    return lines.map((line) => {
      const [pid, parent, state = '', uid] = line.trim().split(/\s+/)
      return { pid: Number(pid), parent: Number(parent), state, uid: Number(uid) }
    })
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, state = '', parent] = /\) (\w) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        return [{ pid: Number(pid), parent: Number(parent), state, uid: statSync(`/proc/${pid}`).uid }]
      } catch {
        return [] // it ended while we looked
      }
    })
}

/** The process and all that descend from it. */
export function familyOf(pid: number): number[] {
  const all = processes()
  const childrenOf = (parent: number): number[] =>
    all.filter((each) => each.parent === parent).flatMap((child) => [child.pid, ...childrenOf(child.pid)])
  return [pid, ...childrenOf(pid)]
}

export const isAlive = (pid: number): boolean =>
  processes().some((each) => each.pid === pid && !each.state.startsWith('Z'))

/** The server's own process id, from its data folder. */
export const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

/** The effective user of a process. */
export const userOf = (pid: number): number | undefined => processes().find((each) => each.pid === pid)?.uid
