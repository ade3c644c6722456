// The second process: one prepared statement on so many sessions, each again as soon as it is answered, or so many a second.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Measured, measuredOf } from '../measured.ts'
import { givenJob, measuringFrom } from './job.ts'
import { warmSecondsOf } from './warm.ts'
import { execution, type Outcome, openSession } from './wire.ts'

export type StatementJob = {
  url: string
  /** With $1, $2 … */
  text: string
  /** Lists of values: a client starts with its own and goes on by `clients`, round and round. */
  variants: string[][]
  clients: number
  seconds: number
  /** A second in all, whatever becomes of them; as many as they can without it. */
  rate?: number
  /** The SQLSTATE that every execution must end with; without it, success. */
  refusal?: string
}

const job = await givenJob<StatementJob>()
const { url, text, variants, clients, seconds, rate, refusal } = job
const messages = variants.map(execution)
const open = (client: number) => openSession(url, text, variants[client % variants.length] ?? [])
const sessions = await Promise.all(Array.from({ length: clients }, (_, client) => open(client)))

const latencies: number[] = []
const judge = ({ sqlstate }: Outcome) => {
  if (sqlstate === refusal) return
  throw new Error(`an execution ended with ${sqlstate ?? 'success'}; expected: ${refusal ?? 'success'}. ${text}`)
}

const measuredAt = measuringFrom(seconds)
const startedAt = performance.now()
const end = measuredAt + seconds * 1000
const count = (since: number) => {
  if (since >= measuredAt) latencies.push(performance.now() - since)
}
const tookSeconds = rate === undefined ? await asFastAsTheyCan() : await steadily(rate)
process.stdout.write(JSON.stringify(measuredOf(latencies, tookSeconds) satisfies Measured))
for (const session of sessions) session.close()

/** Ends when the last one is answered. */
async function asFastAsTheyCan(): Promise<number> {
  const lane = (session: (typeof sessions)[number], index: number) =>
    new Promise<void>((resolve) => {
      let [next, sentAt] = [index, performance.now()]
      const send = () => {
        sentAt = performance.now()
        session.send(messages[next % messages.length] ?? Buffer.alloc(0))
        next += clients
      }
      session.onDone((outcome) => {
        judge(outcome)
        count(sentAt)
        if (performance.now() < end) send()
        else resolve()
      })
      send()
    })
  await Promise.all(sessions.map(lane))
  return (performance.now() - measuredAt) / 1000
}

/** A latency counts from the instant at which its turn had come: a wait for a session that is still busy is part of it. */
async function steadily(perSecond: number): Promise<number> {
  const TICK_MS = 1
  const idle = [...sessions.keys()]
  const dueAt: number[] = []
  for (const [index, session] of sessions.entries())
    session.onDone((outcome) => {
      judge(outcome)
      answered++
      count(dueAt[index] ?? Number.NaN)
      idle.push(index)
    })
  let [begun, answered] = [0, 0]
  const total = Math.floor((warmSecondsOf(seconds) + seconds) * perSecond)
  while (answered < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * perSecond)
    while (begun < due && idle.length > 0) {
      const index = idle.shift() ?? 0
      dueAt[index] = startedAt + (begun / perSecond) * 1000
      sessions[index]?.send(messages[begun++ % messages.length] ?? Buffer.alloc(0))
    }
    await sleep(TICK_MS)
  }
  return (performance.now() - measuredAt) / 1000
}
