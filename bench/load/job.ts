// A loader is a process of its own: what it does must not slow what it measures down by sharing its event loop.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { atTheEnd } from '../cleanup.ts'
import { warmSecondsOf } from './warm.ts'

/** Beyond its own seconds: to start, connect, sign tokens, and count. */
const GRACE_SECONDS = 120

/** Runs a file of this folder with a job, and returns what it says. `onWarm` is called when what it measures begins. */
export async function inSecondProcess<Result>(
  file: string,
  job: { seconds: number },
  onWarm?: () => void,
): Promise<Result> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: Math.ceil((warmSecondsOf(job.seconds) + job.seconds + GRACE_SECONDS) * 1000),
    killSignal: 'SIGKILL',
  })
  const end = atTheEnd(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (said === '' && chunk.startsWith('\n')) onWarm?.() // see measuringFrom
    said += chunk
  })
  child.stdin.on('error', () => {}) // it may be gone before us; its exit says so
  child.stdin.end(JSON.stringify(job))
  const [code, signal] = await closed
  await end()
  if (code !== 0) throw new Error(`bench/load/${file} ended with ${code ?? signal}: see its lines above`)
  if (!said.startsWith('\n')) throw new Error(`bench/load/${file} did not say when it was warm`)
  return JSON.parse(said) as Result
}

/** For the other end of it: the job that this process was given. */
export const givenJob = async <Job>(): Promise<Job> => JSON.parse(await text(process.stdin)) as Job

/** The instant from which it measures, when its parent is told by an empty line. Its sessions work until then too. */
export function measuringFrom(seconds: number): number {
  const warmMs = warmSecondsOf(seconds) * 1000
  setTimeout(() => process.stdout.write('\n'), warmMs)
  return performance.now() + warmMs
}
