import { expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { dueAt, make, newId } from '../support/make.ts'
import { crowd, range, scaled, tally } from '../support/scale.ts'
import { asCustomer, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)

it('a cancel around expires_at answers 200 with the true status, cancelled or expired, and never a conflict', async () => {
  const size = scaled({ full: 2000, small: 150 })
  const answers = await crowd(range(size), 8, async (i) => {
    const order = await make.order(db.owner, { trucks: i % 3 === 0 ? 300 : 1 })
    const customer = await asCustomer(service.url, order.customer)
    await dueAt(db.owner, order.customer, order.id, `${i % 40} ms`)
    const { status, body } = await customer.cancel(order.id)
    const { rows } = await db.owner.query(
      'select (api.order_at(row(o.*)::app.orders, clock_timestamp())).status, count(*) filter (where t.status = $2)::integer as trucks from app.orders o join app.truck_requests t on (t.customer_id, t.order_id) = (o.customer_id, o.id) where o.id = $1 group by o.customer_id, o.id',
      [order.id, 'cancelled'],
    )
    const isWhole = rows[0].status === 'cancelled' ? rows[0].trucks === (i % 3 === 0 ? 300 : 1) : rows[0].trucks === 0
    return `${status} ${body.data?.status} ${rows[0].status === body.data?.status && isWhole}`
  })
  const counts = tally(answers)
  expect(Object.keys(counts).filter((answer) => answer !== '200 cancelled true')).toEqual(['200 expired true'])
})

it('a row that somebody holds costs its own customer a 503, and nobody else anything', async () => {
  const held = await make.order(db.owner)
  const holder = await db.owner.connect()
  await holder.query('begin')
  await holder.query('select from app.orders where customer_id = $1 and id = $2 for update', [held.customer, held.id])
  const customer = await asCustomer(service.url, held.customer)
  const waiting = range(20).map(() => customer.cancel(held.id))
  const other = await asCustomer(service.url, newId())
  expect((await other.create()).status).toBe(201)
  const answers = await Promise.all(waiting)
  await holder.query('rollback')
  holder.release()
  expect(tally(answers.map((answer) => answer.status))).toEqual({ 503: 20 })
  expect(answers.map((answer) => answer.headers.get('retry-after'))).toEqual(range(20).map(() => '1'))
  expect((await customer.cancel(held.id)).status).toBe(200)
})

it('an order whose counts were broken by hand stops neither the sweep nor its customer', async () => {
  const broken = await make.order(db.owner, { dueIn: '60 s' })
  await db.owner.query("update app.orders set status = 'partially_filled', trucks_filled = 1 where id = $1", [
    broken.id,
  ])
  await dueAt(db.owner, broken.customer, broken.id, '-1 s')
  const customer = await asCustomer(service.url, broken.customer)
  expect((await customer.get(`/orders/${broken.id}`)).body.data.order).toMatchObject({
    status: 'fully_filled',
    totalAmount: 0,
  })
  await one(db.owner, 'select api.expire_due_orders()')
  expect((await customer.create()).status).toBe(201)
})
