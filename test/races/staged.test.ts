// Two sessions, one held open: who must wait, and what each end then says.
import { beforeEach, describe, expect, it } from 'vitest'
import { blockersOf } from '../support/blockers.ts'
import { copyDatabase, one } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { until } from '../support/until.ts'
import { makeRivals } from './rivals.ts'

const db = await copyDatabase(20)
await db.owner.query('update app.settings set creates_per_minute = 1000000')
const { begin, isBlockedBy, secondAfter } = makeRivals(db.owner)

const cancelSql = 'select * from api.cancel_order($1, $2)'
const cancelWithReason = 'select cancel_reason, status from api.cancel_order($1, $2, $3)'
const closeSql = 'select * from api.close_due_order($1, $2)'

const openOrders = (customer: string) =>
  db.owner
    .query('select from app.orders where customer_id = $1 and is_open', [customer])
    .then(({ rowCount }) => rowCount)

describe('a create that meets another create of the same customer', () => {
  it('waits, and is refused when the other commits', async () => {
    const customer = newId()
    const outcome = await secondAfter([createOrderSql(), [customer]], [createOrderSql(), [customer]], 'commit')
    expect(outcome).toMatchObject({ rule: 'one_active_order_per_customer' })
    expect(await openOrders(customer)).toBe(1)
  })

  it('waits, and succeeds when the other rolls back', async () => {
    const customer = newId()
    const outcome = await secondAfter([createOrderSql(), [customer]], [createOrderSql(), [customer]], 'rollback')
    expect(outcome.row).toMatchObject({ status: 'active' })
    expect(await openOrders(customer)).toBe(1)
  })

  it('waits, and replaces the other whose search is over by then, with its own trucks and price', async () => {
    const customer = newId()
    const other = await begin(createOrderSql(), [customer])
    await other.outcome
    const create = await begin(createOrderSql(), [customer])
    await isBlockedBy(create.pid, other.pid)
    await other.session.query(
      "update app.orders set created_at = now() - interval '1 h', expires_at = now() where customer_id = $1",
      [customer],
    )
    await other.session.query('commit')
    const { row } = await create.outcome
    await create.session.query('commit')
    expect(row).toMatchObject({ status: 'active', trucks_requested: 2, total_amount: 7110 })
    const statuses = 'select array_agg(status order by created_at) as statuses from app.orders where customer_id = $1'
    expect(await one(db.owner, statuses, [customer])).toEqual({ statuses: ['expired', 'active'] })
  })

  it('with the same key waits and gets the other’s order, not an error', async () => {
    const customer = newId()
    const attempt: [string, unknown[]] = [createOrderSql("p_idempotency_key => 'k'"), [customer]]
    expect((await secondAfter(attempt, attempt, 'commit')).row).toMatchObject({
      status: 'active',
      idempotency_key: 'k',
    })
    expect(await openOrders(customer)).toBe(1)
  })

  it('that has closed the stale order waits, and is refused: the stale order is closed once', async () => {
    const stale = await make.order(db.owner, { dueIn: '-1 s' })
    const create: [string, unknown[]] = [createOrderSql(), [stale.customer]]
    expect(await secondAfter(create, create, 'commit')).toMatchObject({ rule: 'one_active_order_per_customer' })
    expect(
      await one(
        db.owner,
        "select count(*)::integer as n from app.order_events where order_id = $1 and to_status = 'expired'",
        [stale.id],
      ),
    ).toEqual({ n: 1 })
  })
})

describe('a create that meets a sweep holding the customer’s stale order', () => {
  it.each(['commit', 'rollback'] as const)('waits, and after its %s succeeds with a whole window', async (end) => {
    const stale = await make.order(db.owner, { dueIn: '-1 s' })
    const sweep = await begin(closeSql, [stale.customer, stale.id])
    await sweep.outcome
    const create = await begin(createOrderSql(), [stale.customer])
    await isBlockedBy(create.pid, sweep.pid)
    const { now } = await one<{ now: Date }>(db.owner, 'select clock_timestamp() as now')
    await sweep.session.query(end)
    const { row } = await create.outcome
    await create.session.query('commit')
    expect(row).toMatchObject({ status: 'active' })
    expect(Number((row as Record<string, Date>).created_at)).toBeGreaterThanOrEqual(now.getTime())
    expect(await one(db.owner, 'select status from app.orders where id = $1', [stale.id])).toEqual({
      status: 'expired',
    })
  })
})

describe('a create that meets an uncommitted cancel', () => {
  it('does not wait: the order is still open, and the answer is 409', async () => {
    const open = await make.order(db.owner)
    const cancel = await begin(cancelSql, [open.customer, open.id])
    await cancel.outcome
    const create = await begin(createOrderSql(), [open.customer])
    expect(await create.outcome).toMatchObject({ rule: 'one_active_order_per_customer' })
    await cancel.session.query('commit')
  })
})

describe('a cancel', () => {
  const cancelOf = (order: { customer: string; id: string }): [string, unknown[]] => [
    cancelSql,
    [order.customer, order.id],
  ]

  it('waits for another cancel, then answers its result without an event of its own', async () => {
    const open = await make.order(db.owner)
    expect((await secondAfter(cancelOf(open), cancelOf(open), 'commit')).row).toMatchObject({ status: 'cancelled' })
    expect(
      await one(db.owner, 'select count(*)::integer as n from app.order_events where order_id = $1', [open.id]),
    ).toEqual({ n: 2 })
  })

  it('waits for the first trip to start, and is then refused', async () => {
    const filled = await make.order(db.owner, { status: 'fully_filled' })
    const startTrip: [string, unknown[]] = [
      "update app.orders set status = 'in_progress' where customer_id = $1 and id = $2",
      [filled.customer, filled.id],
    ]
    expect(await secondAfter(startTrip, cancelOf(filled), 'commit')).toMatchObject({ rule: 'order_is_cancellable' })
    expect(await one(db.owner, 'select status from app.orders where id = $1', [filled.id])).toEqual({
      status: 'in_progress',
    })
  })

  it('that waits past expires_at finds the order expired', async () => {
    const open = await make.order(db.owner)
    const toTheEnd: [string, unknown[]] = [
      "update app.orders set created_at = now() - interval '1 h', expires_at = now() where customer_id = $1 and id = $2",
      [open.customer, open.id],
    ]
    expect((await secondAfter(toTheEnd, cancelOf(open), 'commit')).row).toMatchObject({ status: 'expired' })
  })

  it.each(['active', 'partially_filled'] as const)(
    'by its id alone that waits past the end of an order that was %s shows it as it is then, not as it was when the call began',
    async (status) => {
      const open = await make.order(db.owner, { status })
      const holder = await begin('select from app.orders where customer_id = $1 and id = $2 for update', [
        open.customer,
        open.id,
      ])
      await holder.outcome
      const cancel = await begin("select * from api.cancel_order_by_id($1, 'asked by phone')", [open.id])
      await isBlockedBy(cancel.pid, holder.pid)
      await holder.session.query(
        "update app.orders set created_at = now() - interval '1 h', expires_at = now() where customer_id = $1 and id = $2",
        [open.customer, open.id],
      )
      await holder.session.query('commit')
      const { row } = await cancel.outcome
      await cancel.session.query('commit')
      const truly = await one(db.owner, 'select * from api.orders where id = $1', [open.id])
      expect(truly.status).toBe(status === 'active' ? 'expired' : 'cancelled')
      expect(row).toMatchObject({ status: truly.status, is_open: false, seconds_left: 0 })
      expect(row).toMatchObject({ trucks_total: truly.trucks_total, total_amount: truly.total_amount })
    },
  )
})

describe('a sweep', () => {
  beforeEach(() => db.owner.query('select api.expire_due_orders(1000)'))

  it('passes over an order that a cancel holds, without waiting', async () => {
    const due = await make.order(db.owner, { status: 'partially_filled', dueIn: '-1 s' })
    const cancel = await begin(cancelSql, [due.customer, due.id])
    await cancel.outcome
    expect(await one(db.owner, 'select api.expire_due_orders(1000) as closed')).toEqual({ closed: 0 })
    await cancel.session.query('rollback')
    expect(await one(db.owner, 'select api.expire_due_orders(1000) as closed')).toEqual({ closed: 1 })
  })

  it('passes over what another sweep holds', async () => {
    await make.order(db.owner, { dueIn: '-1 s' })
    const other = await begin('select * from api.lock_due_orders(1000, clock_timestamp())', [])
    await other.outcome
    expect(await one(db.owner, 'select api.expire_due_orders(1000) as closed')).toEqual({ closed: 0 })
    await other.session.query('rollback')
    expect(await one(db.owner, 'select api.expire_due_orders(1000) as closed')).toEqual({ closed: 1 })
  })
})

it('a create whose twin is created and cancelled in one transaction waits, and then gets the twin’s order', async () => {
  const customer = newId()
  const create = createOrderSql("p_idempotency_key => 'k'")
  const [first, second] = [await db.owner.connect(), await db.owner.connect()]
  const { pid } = await one<{ pid: number }>(second, 'select pg_backend_pid() as pid')
  await first.query('begin')
  const { id } = await one<{ id: string }>(first, create, [customer])
  await first.query('select api.cancel_order($1, $2)', [customer, id])
  const twin = one<{ id: string; status: string }>(second, create, [customer])
  await until(async () => (await blockersOf(db.owner, pid)).length > 0, 'the second create waits')
  await first.query('commit')
  expect(await twin).toMatchObject({ id, status: 'cancelled' })
  first.release()
  second.release()
  expect(
    await one(db.owner, 'select count(*)::integer as orders from app.orders where customer_id = $1', [customer]),
  ).toEqual({ orders: 1 })
})

it('a cancel that waited for another one leaves its reason and its time as they are', async () => {
  const { customer, id } = await make.order(db.owner)
  const [first, second] = [await db.owner.connect(), await db.owner.connect()]
  const { pid } = await one<{ pid: number }>(second, 'select pg_backend_pid() as pid')
  await first.query('begin')
  await first.query(cancelWithReason, [customer, id, 'first'])
  const late = one(second, cancelWithReason, [customer, id, 'second'])
  await until(async () => (await blockersOf(db.owner, pid)).length > 0, 'the second cancel waits')
  await first.query('commit')
  expect(await late).toEqual({ cancel_reason: 'first', status: 'cancelled' })
  expect(await one(db.owner, 'select cancel_reason, status from app.orders where id = $1', [id])).toEqual({
    cancel_reason: 'first',
    status: 'cancelled',
  })
  first.release()
  second.release()
})
