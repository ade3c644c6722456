// Phones and other clients that listen to live events, with the library that the app's own is a port of.
import { io } from 'socket.io-client'
import { atTheEnd } from './at-the-end.ts'
import { until } from './until.ts'

export type Heard = { name: string; data: Record<string, unknown>; arguments: number; at: number }

/** A phone with a socket of its own, connected. It remembers all that it was told, and the clock when it was. */
export async function phoneOf(url: string, token: string, options: Record<string, unknown> = {}) {
  const socket = io(url, { auth: { token }, timeout: 10_000, forceNew: true, reconnectionDelay: 50, ...options })
  atTheEnd(() => socket.disconnect())
  const heard: Heard[] = []
  socket.onAny((name: string, ...given) => {
    heard.push({ name, data: given[0], arguments: given.length, at: Date.now() })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  const named = (name: string) => heard.filter((event) => event.name === name)
  return {
    socket,
    heard,
    named,
    join: (orderId: unknown) => socket.emit('join_booking', orderId),
    leave: (orderId: unknown) => socket.emit('leave_booking', orderId),
    /** The first event of this name, once it has come. */
    hears: async (name: string, limitMs?: number): Promise<Heard> => {
      await until(async () => named(name).length > 0, `the phone hears ${name}`, limitMs)
      return named(name)[0] as Heard
    },
    /** A round trip: whatever the server sent before has arrived. */
    isUpToDate: async () => {
      const before = named('pong').length
      socket.emit('ping')
      await until(async () => named('pong').length > before, 'the phone gets its pong')
    },
  }
}

export type Phone = Awaited<ReturnType<typeof phoneOf>>

export type StreamEvent = { name: string; data: Record<string, unknown>; id: string | undefined }

/** A server-sent stream, read until it ends or the test closes it. */
export async function openStream(url: string, path: string, token: string, lastEventId?: string) {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
    signal: abort.signal,
  })
  const events: StreamEvent[] = []
  const state = { text: '', isOver: false }
  const reading = read(response, state, events).catch(() => {})
  return {
    status: response.status,
    headers: response.headers,
    events,
    state,
    close: async () => {
      abort.abort()
      await reading
    },
    hears: async (name: string): Promise<StreamEvent> => {
      await until(async () => events.some((event) => event.name === name), `the stream tells ${name}`)
      return events.find((event) => event.name === name) as StreamEvent
    },
    ends: () => reading,
  }
}

async function read(response: Response, state: { text: string; isOver: boolean }, events: StreamEvent[]) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of response.body ?? []) {
    const text = decoder.decode(bytes as Uint8Array, { stream: true })
    state.text += text
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const [name, data] = [field('event'), field('data')]
      if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data), id: field('id') })
    }
  }
  state.isOver = true
}
