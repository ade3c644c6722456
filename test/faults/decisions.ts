// Ten decisions on one customer whose answers are known, over HTTP, and all the times that were told along the way.
import pg from 'pg'
import { signToken } from '../../src/token.ts'
import { dueAt, newId } from '../support/make.ts'
import { crowd, range } from '../support/scale.ts'
import { testSecret } from '../support/secret.ts'
import { type Answer, oneTruck, request } from '../support/service.ts'

/** The service judges tokens by its own clock: these outlast the days that it may be wrong by. */
const TOKEN_LIFETIME = '10 days'
const IN_FLIGHT = 8

/** What a customer must be told, whatever the service's clock says. */
export const expected = [
  'create: 201, active, a minute left',
  'create with another key: 409, ACTIVE_ORDER_EXISTS, a minute left',
  'create with the same key: 200, the same order, a minute left',
  'check-active: 200, the order',
  'status: 200, active true',
  'cancel: 200, cancelled',
  'check-active: 200, none',
  'create after the cancel: 201, active, a minute left',
  'status of a due order: 200, expired false',
  'create in the place of a due order: 201, active, a minute left',
]

export type Decisions = {
  /** What each customer was told, as in `expected`. */
  told: string[][]
  /** Every instant in every answer, as it stood there. */
  times: string[]
  /** Instants that say when the answer was decided, against the clock of the database's machine when the answer came, ms. */
  offsets: number[]
}

/** Takes each customer through the ten decisions. `databaseUrl` is the owner's, to let orders fall due. */
export async function decide(url: string, databaseUrl: string, customers: number): Promise<Decisions> {
  const db = new pg.Pool({ connectionString: databaseUrl })
  const [times, offsets]: [string[], number[]] = [[], []]
  const note = (answer: Answer) => {
    times.push(...(answer.text.match(/\d{4}-\d\d-\d\d[T ][^"]*/g) ?? []))
    const { serverTimeMs, order } = answer.body.data ?? {}
    if (serverTimeMs !== undefined) offsets.push(Number(serverTimeMs) - Date.now())
    if (answer.status === 201) offsets.push(Date.parse(String(order?.createdAt)) - Date.now())
    return answer
  }
  try {
    return { told: await crowd(range(customers), IN_FLIGHT, () => decideOn(url, db, note)), times, offsets }
  } finally {
    await db.end()
  }
}

async function decideOn(url: string, db: pg.Pool, note: (answer: Answer) => Answer): Promise<string[]> {
  const customer = newId()
  const claims = { userId: customer, phone: '9876543210', role: 'customer' }
  const authorization = `Bearer ${await signToken(testSecret, claims, TOKEN_LIFETIME)}`
  const send = async (method: string, path: string, body?: unknown, headers = {}) =>
    note(await request(url, method, `/api/v1/orders${path}`, body, { authorization, ...headers }))
  const create = (key = newId()) => send('POST', '', oneTruck, { 'x-idempotency-key': key })
  const key = newId()

  const first = await create(key)
  const { id } = first.body.data?.order ?? { id: '' }
  const refused = await create()
  const replay = await create(key)
  const active = await send('GET', '/check-active')
  const status = await send('GET', `/${id}/status`)
  const cancel = await send('POST', `/${id}/cancel`, {})
  const none = await send('GET', '/check-active')
  const second = await create()
  const due = second.body.data?.order.id ?? ''
  await dueAt(db, customer, due, '-1 s')
  const late = await send('GET', `/${due}/status`)
  const third = await create()

  const same = replay.body.data?.order.id === id ? 'the same order' : 'another order'
  return [
    `create: ${granted(first)}`,
    `create with another key: ${refused.status}, ${refused.body.error?.code}, ${left(refused.body.error?.data.activeOrder.remainingSeconds)}`,
    `create with the same key: ${replay.status}, ${same}, ${left(replay.body.data?.order.expiresIn)}`,
    `check-active: ${active.status}, ${active.body.data?.activeOrder?.orderId === id ? 'the order' : active.text}`,
    `status: ${status.status}, ${status.body.data?.status} ${status.body.data?.isActive}`,
    `cancel: ${cancel.status}, ${cancel.body.data?.status}`,
    `check-active: ${none.status}, ${none.body.data?.hasActiveOrder === false ? 'none' : none.text}`,
    `create after the cancel: ${granted(second)}`,
    `status of a due order: ${late.status}, ${late.body.data?.status} ${late.body.data?.isActive}`,
    `create in the place of a due order: ${granted(third)}`,
  ]
}

const granted = ({ status, body }: Answer) =>
  `${status}, ${body.data?.order.status}, ${left(body.data?.order.expiresIn)}`

/** A busy machine may take seconds between two requests. */
const left = (seconds: number | undefined) =>
  seconds !== undefined && seconds > 45 && seconds <= 60 ? 'a minute left' : `${seconds} s left`
