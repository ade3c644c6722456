// The second process: creates over HTTP on so many connections, each by a customer of its own, signed before the clock runs.
// Raw sockets: an HTTP client would take more of the machine than the service has left.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Measured, measuredOf } from '../measured.ts'
import { givenJob, measuringFrom } from './job.ts'
import { newToken } from './token.ts'
import { warmSecondsOf } from './warm.ts'

export type HttpJob = { url: string; path: string; body: string; secret: string; connections: number; seconds: number }

/** More than a service on two cores answers; whoever is faster signs the rest on the way. */
const TOKENS_PER_SECOND = 10_000

const { url, path, body, secret, connections, seconds } = await givenJob<HttpJob>()
const { hostname, port, host } = new URL(url)
const tokens = Array.from({ length: Math.ceil((warmSecondsOf(seconds) + seconds) * TOKENS_PER_SECOND) }, () =>
  newToken(secret),
)

/** As the app's HTTP client sends it. */
const request = () =>
  `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${tokens.pop() ?? newToken(secret)}\r\n` +
  `X-Idempotency-Key: ${randomUUID()}\r\nContent-Type: application/json; charset=UTF-8\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: Keep-Alive\r\nAccept-Encoding: gzip\r\nUser-Agent: okhttp/4.12.0\r\n\r\n${body}`

const sockets = await Promise.all(Array.from({ length: connections }, open))
const latencies: number[] = []
const measuredAt = measuringFrom(seconds)
const end = measuredAt + seconds * 1000
await Promise.all(sockets.map(lane))
process.stdout.write(JSON.stringify(measuredOf(latencies, (performance.now() - measuredAt) / 1000) satisfies Measured))
for (const socket of sockets) socket.destroy()

async function open(): Promise<Socket> {
  const socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return socket
}

function lane(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = performance.now()
    let answer = ''
    const send = () => {
      sentAt = performance.now()
      socket.write(request())
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      answer += chunk
      if (!isWhole(answer)) return
      if (!answer.startsWith('HTTP/1.1 201')) return reject(new Error(`a create was answered:\n${answer}`))
      answer = ''
      const now = performance.now()
      if (sentAt >= measuredAt) latencies.push(now - sentAt)
      if (now < end) send()
      else resolve()
    })
    socket.once('close', () => reject(new Error('the service closed a connection')))
    send()
  })
}

function isWhole(answer: string): boolean {
  const bodyAt = answer.indexOf('\r\n\r\n') + 4
  if (bodyAt < 4) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
  if (length === undefined) throw new Error(`an answer says no length:\n${answer}`)
  return answer.length - bodyAt >= Number(length)
}
