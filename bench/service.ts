// The programs that answer HTTP, each in a process of its own: the service as in production, and the bare one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveLogin } from '../src/db/logins.ts'
import { atTheEnd } from './cleanup.ts'
import { inSecondProcess } from './load/job.ts'
import type { Measured } from './measured.ts'
import { body } from './orders.ts'
import { memoryOf, secondsOfProcess } from './processor.ts'
import { type Database, temporaryFolder } from './server.ts'

/** Signs the tokens of one run; the server of the run is gone after it. */
export const secret = 'only-for-measuring-on-this-machine-now'
export const path = '/api/v1/orders'

const START_LIMIT_MS = 30_000
const LOOK_EVERY_MS = 5

export type Service = Awaited<ReturnType<typeof startProgram>>

/** The real program in production: auth, validation, logs to a file, metrics. */
export const startService = (restUrl: string) =>
  startProgram(
    ['src', 'main.ts'],
    {
      NODE_ENV: 'production',
      ROLE: 'api',
      REST_DATABASE_URL: restUrl,
      DRAIN_SECONDS: '0',
    },
    ['livez', 'readyz'],
  )

/** What such a call costs at least: see bare-server.ts. */
export const startBareServer = (restUrl: string) =>
  startProgram(['bench', 'bare-server.ts'], { REST_DATABASE_URL: restUrl }, ['livez'])

export const restLogin = ({ url }: Database): Promise<string> => deriveLogin(url, 'weelo_rest', secret)

/** Creates over HTTP, with the processor time of the service for each. */
export async function runHttpLoad(
  service: Service,
  seconds: number,
  connections: number,
  onWarm?: () => void,
): Promise<Measured> {
  let before = service.processorSeconds()
  const job = { url: service.url, path, body, secret, connections, seconds }
  const measured = await inSecondProcess<Measured>('http-loader.ts', job, () => {
    before = service.processorSeconds()
    onWarm?.()
  })
  const after = service.processorSeconds()
  if (before === undefined || after === undefined) return measured
  return { ...measured, serviceMicroseconds: ((after - before) * 1e6) / measured.operations }
}

const running = new Set<() => Promise<void>>()

/** Those that a row which failed has left. */
export async function stopServices(): Promise<void> {
  for (const stop of running) await stop()
}

/** `answeredMs`: from the start of the process to its first good answer at each of these paths, which are asked in turn. */
async function startProgram(file: string[], env: Record<string, string>, asked: ('livez' | 'readyz')[]) {
  const { PATH = '', HOME = '' } = process.env
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { PORT: `${port}`, ADMIN_PORT: `${adminPort}` }
  const log = openSync(join(temporaryFolder(), 'log'), 'w')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', ...file)], {
    env: { PATH, HOME, JWT_SECRET: secret, ...ports, ...env },
    stdio: ['ignore', log, 'inherit'],
  })
  const stop = atTheEnd(async () => {
    running.delete(stop)
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await Promise.race([exited, sleep(START_LIMIT_MS, undefined, { ref: false })])
    child.kill('SIGKILL')
  })
  running.add(stop)
  const url = `http://127.0.0.1:${port}`
  const answeredMs: { livez?: number; readyz?: number } = {}
  for (const what of asked) {
    while (!(await answers(`${url}/${what}`))) {
      if (child.exitCode !== null)
        throw new Error(`${file.join('/')} ended with ${child.exitCode}: see its lines above`)
      if (performance.now() > startedAt + START_LIMIT_MS) throw new Error(`${file.join('/')} does not answer /${what}`)
      await sleep(LOOK_EVERY_MS)
    }
    answeredMs[what] = performance.now() - startedAt
  }
  const pid = child.pid ?? 0
  return { url, answeredMs, stop, processorSeconds: () => secondsOfProcess(pid), memory: () => memoryOf(pid) }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
