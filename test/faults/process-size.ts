// What the real program holds on to, seen from outside: what is left of its heap, and its descriptors. Needs Linux.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Environment, Program } from '../support/program.ts'
import { tally } from '../support/scale.ts'
import { until } from '../support/until.ts'

/** Idle connections are closed by one end or the other some time later. */
const IDLE_LIMIT_MS = 120_000
const LISTENING = '0A'

const collector = `process.on('SIGUSR2', () => {
  gc()
  gc()
  process.stderr.write('heap ' + process.memoryUsage().heapUsed + String.fromCharCode(10))
})`

/** With this a program collects at SIGUSR2, and says what is left. */
export const collectsWhenTold: Environment = {
  NODE_OPTIONS: `--expose-gc --import "data:text/javascript,${encodeURIComponent(collector)}"`,
}

/** MB in use after a forced collection. */
export async function heapOf({ pid, output }: Program): Promise<number> {
  output.stderr = ''
  process.kill(pid, 'SIGUSR2')
  const said = () => /heap (\d+)\n/.exec(output.stderr)?.[1]
  await until(async () => said() !== undefined, 'it has collected')
  return Number(said()) / 1_000_000
}

/**
 * Open descriptors by kind, such as socket, once nobody is connected to its public listener. Sessions with the database
 * (at `databasePort`) are counted apart: pools open them as they are needed, up to their size.
 */
export async function descriptorsOf({ pid, url }: Program, databasePort: number) {
  const port = Number(new URL(url).port)
  await until(async () => sockets().every(({ local }) => local !== port), 'nobody is connected', IDLE_LIMIT_MS)
  const folder = `/proc/${pid}/fd`
  const opened = readdirSync(folder).map((name) => targetOf(`${folder}/${name}`))
  const ofSessions = sockets().filter(({ remote }) => remote === databasePort)
  const isSession = (target: string) => ofSessions.some(({ inode }) => target === `socket:[${inode}]`)
  return {
    descriptors: tally(opened.filter((target) => !isSession(target)).map((target) => target.replace(/:.*/, ''))),
    sessions: opened.filter(isSession).length,
  }
}

/** Sockets that a process holds, whatever the other end has done; those that listen not counted. */
function sockets(): { local: number; remote: number; inode: string }[] {
  const portOf = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16)
  return readFileSync('/proc/net/tcp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state !== LISTENING && inode !== '0')
    .map(([, local, remote, , , , , , , inode = '']) => ({ local: portOf(local), remote: portOf(remote), inode }))
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return 'closed while we looked'
  }
}
