// A balancer as small as can be: it obeys /readyz and nothing else, keeps connections, and tries nothing twice.
import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atTheEnd } from '../support/at-the-end.ts'
import { type Environment, type Exit, familyOf, type Program, startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'
import { deploy } from './deployed.ts'

const LOOK_EVERY_MS = 200
/** The service answers anything within this. */
const LOOK_LIMIT_MS = 3_000

/** Asks every process that was added, again and again until `stop`. One that is new is not ready yet. */
function watchReadiness() {
  const isReady = new Map<string, boolean>()
  const newestLook = new Map<string, number>()
  let looks = 0

  /** Looks overlap when answers are slow, and an old yes must not win over a newer no. */
  async function look(url: string): Promise<void> {
    const number = ++looks
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(LOOK_LIMIT_MS) }).catch(() => undefined)
    await answer?.arrayBuffer().catch(() => {})
    if (!isReady.has(url) || number < (newestLook.get(url) ?? 0)) return
    newestLook.set(url, number)
    isReady.set(url, answer?.status === 200)
  }
  const looking = setInterval(() => {
    for (const url of isReady.keys()) void look(url)
  }, LOOK_EVERY_MS)
  return {
    add: (url: string) => isReady.set(url, false),
    forget: (url: string) => isReady.delete(url),
    isReady: (url: string) => isReady.get(url) === true,
    ready: () => [...isReady].filter(([, is]) => is).map(([url]) => url),
    stop: () => clearInterval(looking),
  }
}

/** Passes a request on to `backend`; `isBroken` hears why one was broken off, and when. */
function pass(
  from: IncomingMessage,
  to: ServerResponse,
  backend: string,
  agent: Agent,
  isBroken: (why: string) => void,
) {
  const { method, headers, url = '/' } = from
  const breakOff = (where: string) => (error: NodeJS.ErrnoException) => {
    isBroken(`${where}: ${error.code ?? error.message}`)
    to.destroy()
  }
  const passed = request(backend + url, { agent, method, headers }, (answer) => {
    // These two are between the process and us; our own connection to the customer goes on.
    const { connection: _, 'keep-alive': __, ...forCustomer } = answer.headers
    to.writeHead(answer.statusCode ?? 502, forCustomer)
    answer.on('error', breakOff('in the answer'))
    answer.pipe(to)
  })
  passed.on('error', breakOff('before the answer'))
  from.pipe(passed)
}

/** A request that no process is ready for is answered 503; one whose process breaks off is broken off, too. */
async function startBalancer() {
  const agent = new Agent({ keepAlive: true })
  const { add, forget, isReady, ready, stop } = watchReadiness()
  const broken: string[] = []
  let [turn, unserved] = [0, 0]

  const server = createServer((from, to) => {
    const those = ready()
    const backend = those[turn++ % those.length]
    if (backend) return pass(from, to, backend, agent, (why) => broken.push(why))
    unserved++
    to.writeHead(503, { 'retry-after': '1' }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  atTheEnd(() => {
    stop()
    server.closeAllConnections()
    server.close()
    agent.destroy()
  })
  const { port } = server.address() as AddressInfo
  /** `broken`: why requests were broken off, and when. */
  return { url: `http://127.0.0.1:${port}`, add, forget, isReady, unserved: () => unserved, broken }
}

type Place = { program: Program; sessions: string }

/** What was ended, how, with the processes that it had, and the name under which the database knew its sessions. */
export type Ended = Exit & { family: number[]; sessions: string }

/**
 * Two of the real program behind a balancer. `replace` ends one, and returns when another is ready in its place.
 * `unserved` counts the requests that came while the balancer saw no process ready.
 */
export async function startPair(databaseUrl: string, env: Environment = {}) {
  const balancer = await startBalancer()
  const deployed = await deploy(databaseUrl)
  let starts = 0
  const start = async (): Promise<Place> => {
    const sessions = `weelo-${++starts}`
    const program = await startProgram({ ...deployed(sessions), ...env })
    balancer.add(program.url)
    await until(async () => balancer.isReady(program.url), 'the balancer has seen it ready', 30_000)
    return { program, sessions }
  }
  const pair = [await start(), await start()]

  async function end(n: number, signal: NodeJS.Signals): Promise<Ended> {
    const { program, sessions } = pair[n % 2] as Place
    const family = familyOf(program.pid)
    return { family, sessions, ...(await program.end(signal)) }
  }
  /** The balancer learns of the end by itself: it is told to forget when the next is there. */
  async function replace(n: number, signal: NodeJS.Signals): Promise<Ended> {
    const { program } = pair[n % 2] as Place
    const ended = await end(n, signal)
    pair[n % 2] = await start()
    balancer.forget(program.url)
    return ended
  }
  return { url: balancer.url, unserved: balancer.unserved, broken: balancer.broken, replace, end }
}
