// A server whose supervisor is the test: it ends as often as a fault wants, and is started again by the same command.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

const START_LIMIT_MS = 60_000

/**
 * Ends when the server ends, and ends the server when our end of the pipe closes, however we end: a file that fails
 * before its first test ends nothing.
 */
const script = `exec 3<&0
  "$@" 3<&- </dev/null & server=$!
  { read -r _ <&3; kill -QUIT $server; } & watch=$!
  wait $server; code=$?
  kill $watch; exit $code`

type Identity = { uid: number; gid: number } | undefined

function launch(command: string[], identity: Identity, hear: (words: string) => void): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
    ...identity,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stderr.on('data', hear)
  return child
}

/** Starts nothing yet. `answers` says whether the server lets a client in; `identity` is the user that it runs as. */
export function supervise(command: string[], identity: Identity, answers: () => Promise<boolean>) {
  let child: ChildProcess | undefined
  let log = ''
  const hear = (words: string) => {
    log = (log + words).slice(-20_000)
  }
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null

  /** Returns when it answers. A killed server's remains may hold its lock file for a moment: tried again. */
  async function start(): Promise<void> {
    const end = Date.now() + START_LIMIT_MS
    while (Date.now() < end) {
      child = launch(command, identity, hear)
      while (isRunning() && Date.now() < end) {
        if (await answers()) return
        await sleep(20)
      }
    }
    throw new Error(`the server does not start:\n${log.slice(-3_000)}`)
  }

  return {
    start,
    /** Whether the one that was started last still runs: it ends by itself when its disk is full. */
    isRunning,
    /** Call while it runs. */
    exited: async () => void (child && (await once(child, 'exit'))),
    log: () => log,
  }
}
