// Two sessions, one held open: whom the erasing of old orders keeps waiting, and who keeps it.
import { describe, expect, it } from 'vitest'
import { copyDatabase, one } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { makePersonal, personalOf } from '../support/personal.ts'
import { create } from './calls.ts'
import { type Call, makeRivals, outcomeOf } from './rivals.ts'

const db = await copyDatabase(20)
const { begin, isBlockedBy, secondAfter } = makeRivals(db.owner)

const eraseOld: Call = ['select api.erase_old_orders(1000) as erased', []]
const eraseCustomer = (customer: string): Call => ['select api.erase_customer($1) as erased', [customer]]
const dispute = (customer: string, id: string, notes = 'Asha waits'): Call => [
  "select * from api.dispute_cancel($1, $2, 'customer_request', $3)",
  [customer, id, notes],
]
const disputeByHand = (customer: string, id: string): Call => [
  "insert into app.disputes (customer_id, order_id, reason_code, notes) values ($1, $2, 'customer_request', 'Asha waits') returning *",
  [customer, id],
]
const notesOf = (id: string) => one(db.owner, 'select notes from app.disputes where order_id = $1', [id])

describe('a create', () => {
  it.each([
    ['as a new order', '', {}],
    ['that closes a stale order', '', { dueIn: '-1 s', createdAgo: '500 days' }],
    ['with a key', "p_idempotency_key => 'k'", {}],
  ])('%s waits for no erasing of the same customer’s orders, by the sweep or by a command', async (_, more, stale) => {
    const { customer } = await makePersonal(db.owner, { createdAgo: '500 days' })
    const sweep = await begin(...eraseOld)
    expect((await sweep.outcome).row).toEqual({ erased: 2 })
    if ('dueIn' in stale) await make.order(db.owner, { customer, ...stale })
    const [sql, values] = [createOrderSql(more), [customer]]
    const first = await begin(sql, values)
    expect((await first.outcome).row).toMatchObject({ status: 'active' }) // it would hang here, until the test's limit
    await first.session.query('rollback')
    await sweep.session.query('rollback')

    if ('dueIn' in stale) await db.owner.query('select api.expire_due_orders()')
    const command = await begin(...eraseCustomer(customer))
    expect((await command.outcome).rule).toBeUndefined()
    const second = await begin(sql, values)
    expect((await second.outcome).row).toMatchObject({ status: 'active' })
    await second.session.query('rollback')
    await command.session.query('commit')
  })

  it('that repeats the key of an order that is being erased is judged at once', async () => {
    const { customer } = await make.order(db.owner, { status: 'completed', createdAgo: '500 days', key: 'k' })
    const sweep = await begin(...eraseOld)
    expect((await sweep.outcome).row).toEqual({ erased: 1 })
    const repeated = await begin(createOrderSql("p_idempotency_key => 'k'"), [customer])
    expect(await repeated.outcome).toMatchObject({ rule: 'idempotency_key_means_one_order' })
    await sweep.session.query('commit')
  })

  it('holds nothing that the sweep waits for: what is locked is passed over', async () => {
    const { customer, done } = await makePersonal(db.owner, { createdAgo: '500 days' })
    const holder = await begin('select from app.orders where customer_id = $1 and id = $2 for update', [customer, done])
    await holder.outcome
    const placed = await begin(...create(customer))
    await placed.outcome
    const sweep = await begin(...eraseOld)
    expect((await sweep.outcome).row).toEqual({ erased: 1 })
    await sweep.session.query('commit')
    await holder.session.query('commit')
    await placed.session.query('commit')
    expect(await one(db.owner, ...eraseOld)).toEqual({ erased: 1 })
    expect(await personalOf(db.owner, customer)).not.toHaveProperty('order_events.reason')
  })
})

it('two sweeps at once erase each order once, and none waits', async () => {
  await makePersonal(db.owner, { createdAgo: '500 days' })
  const first = await begin('select * from api.lock_old_orders(1, now())', [])
  await first.outcome
  expect(await one(db.owner, ...eraseOld)).toEqual({ erased: 1 })
  await first.session.query('rollback')
  expect(await one(db.owner, ...eraseOld)).toEqual({ erased: 1 })
})

it('whoever erases a customer while the sweep does waits, and finds it done', async () => {
  const { customer } = await makePersonal(db.owner, { createdAgo: '500 days' })
  expect(await secondAfter(eraseOld, eraseCustomer(customer), 'commit')).toEqual({ row: { erased: 0 } })
  const { rows } = await db.owner.query('select distinct erased_by from app.orders where customer_id = $1', [customer])
  expect(rows).toEqual([{ erased_by: 'clock' }])
})

describe('a dispute that meets the erasing of its order', () => {
  it.each([
    ['by its command', dispute],
    ['by hand', disputeByHand],
  ])('%s waits, and leaves no notes on an order that is erased then', async (_, disputed) => {
    const { customer, id } = await make.order(db.owner, { status: 'completed' })
    const { row } = await secondAfter(eraseCustomer(customer), disputed(customer, id), 'commit')
    expect(row).toMatchObject({ notes: '' })
    expect(await notesOf(id)).toEqual({ notes: '' })
  })

  it('waits, and has its notes when the erasing was rolled back', async () => {
    const { customer, id } = await make.order(db.owner, { status: 'completed' })
    await secondAfter(eraseCustomer(customer), dispute(customer, id), 'rollback')
    expect(await notesOf(id)).toEqual({ notes: 'Asha waits' })
  })

  it('again, without a word, waits before it holds what the erasing has yet to blank: neither ends the other', async () => {
    const { customer, id } = await make.order(db.owner, { status: 'completed' })
    await db.owner.query(...dispute(customer, id))
    const eraser = await begin('select from app.orders where customer_id = $1 for no key update', [customer])
    await eraser.outcome
    const again = await begin(...dispute(customer, id, ''))
    await isBlockedBy(again.pid, eraser.pid)
    expect(await outcomeOf(eraser.session, eraseCustomer(customer))).toEqual({ row: { erased: 1 } })
    await eraser.session.query('commit')
    expect((await again.outcome).row).toMatchObject({ notes: '' })
    await again.session.query('commit')
  })

  it('and came first is waited for, and then blanked', async () => {
    const { customer, id } = await make.order(db.owner, { status: 'completed' })
    expect(await secondAfter(dispute(customer, id), eraseCustomer(customer), 'commit')).toEqual({ row: { erased: 1 } })
    expect(await notesOf(id)).toEqual({ notes: '' })
  })
})

it('an order that is cancelled while its customer is erased keeps what it says: the erasing was refused', async () => {
  const customer = newId()
  const { id } = await make.order(db.owner, { customer, phone: '9876543210' })
  const cancel = await begin('select * from api.cancel_order($1, $2)', [customer, id])
  await cancel.outcome
  const erasing = await begin(...eraseCustomer(customer))
  expect(await erasing.outcome).toMatchObject({ rule: 'customer_has_no_live_order' })
  await cancel.session.query('commit')
  expect(await one(db.owner, ...eraseCustomer(customer))).toEqual({ erased: 1 })
})
