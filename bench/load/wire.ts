// The few bytes of PostgreSQL's protocol that a loader needs: a driver would use more processor time than the statement.
import type { Socket } from 'node:net'
import pg from 'pg'

/** Name of the statement that each session has prepared. */
const NAME = 'load'

export type Outcome = { sqlstate: string | undefined }

/** Bind, Execute and Sync with these text values. */
export function execution(values: string[]): Buffer {
  const parameters = values.map((value) => Buffer.from(value))
  const bound = Buffer.concat([
    Buffer.from(`\0${NAME}\0\0\0`, 'latin1'), // no portal name, all values are text
    int16(values.length),
    ...parameters.flatMap((value) => [int32(value.length), value]),
    int16(0), // all results are text
  ])
  return Buffer.concat([message('B', bound), message('E', Buffer.concat([Buffer.from('\0'), int32(0)])), message('S')])
}

/** A session that the driver has opened and on which the statement is prepared; from now on the bytes are ours. */
export async function openSession(url: string, text: string, values: string[]) {
  const client = new pg.Client({ connectionString: url, application_name: 'weelo-bench' })
  let isClosing = false
  client.on('error', (error) => {
    if (!isClosing) throw error
  })
  await client.connect()
  await client.query({ name: NAME, text, values }).catch((error) => {
    if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') throw error
  })
  await client.query('select 1') // a refusal is told before the session is ready again; now it is
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.removeAllListeners('data')
  return {
    /** `done` hears how each execution ended. */
    onDone: (done: (outcome: Outcome) => void) => stream.on('data', reader(done)),
    send: (bytes: Buffer) => stream.write(bytes),
    close: () => {
      isClosing = true
      stream.destroy()
    },
  }
}

const MESSAGE_HEADER = 5

/** Cuts what arrives into messages; ReadyForQuery ends an execution, ErrorResponse before it tells why. */
export function reader(done: (outcome: Outcome) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let sqlstate: string | undefined
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (at + MESSAGE_HEADER <= bytes.length) {
      const end = at + 1 + bytes.readInt32BE(at + 1)
      if (end > bytes.length) break
      const type = String.fromCharCode(bytes[at] ?? 0)
      if (type === 'E') sqlstate = /\0C([0-9A-Z]{5})\0/.exec(bytes.toString('latin1', at + MESSAGE_HEADER, end))?.[1]
      if (type === 'Z') {
        const outcome = { sqlstate }
        sqlstate = undefined
        done(outcome)
      }
      at = end
    }
    rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
  }
}

const message = (type: string, content: Buffer = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from(type), int32(content.length + 4), content])

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
