import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { copyDatabase, one, refusalOf, rolledBack } from '../support/database.ts'
import { createOrderSql, make, newId } from '../support/make.ts'
import { byHand, move } from '../support/move-by-hand.ts'
import { oneTruck } from '../support/service.ts'

const copy = await copyDatabase()
const rest = new pg.Client({ connectionString: copy.restUrl })
const admin = new pg.Client({ connectionString: copy.adminUrl })
await Promise.all([rest.connect(), admin.connect()])
afterAll(() => Promise.all([rest.end(), admin.end()]))

describe('order_event_is_recorded', () => {
  it(
    'appends a row for the creation and each move, also by hand, with the session user as the actor',
    rolledBack(async (db) => {
      const order = await make.order(db, { status: 'completed' })
      const { session_user: me } = await one(db, 'select session_user')
      const { rows } = await db.query(
        'select from_status, to_status, actor from app.order_events where order_id = $1 order by id',
        [order.id],
      )
      expect(rows).toEqual([
        { from_status: null, to_status: 'active', actor: me },
        { from_status: 'active', to_status: 'fully_filled', actor: me },
        { from_status: 'fully_filled', to_status: 'in_progress', actor: me },
        { from_status: 'in_progress', to_status: 'completed', actor: me },
      ])
    }),
  )

  it(
    'dates a creation by created_at',
    rolledBack(async (db) => {
      const { id } = await one<{ id: string }>(db, createOrderSql(), [newId()])
      const { rows } = await db.query(
        `select e.to_status, e.occurred_at = o.created_at as at_once
         from app.order_events e join app.orders o on o.customer_id = e.customer_id and o.id = e.order_id where o.id = $1`,
        [id],
      )
      expect(rows).toEqual([{ to_status: 'active', at_once: true }])
    }),
  )
})

/** Every order of the database with the statuses its events end in; a test that skips one leaves it unequal. */
const lastEvents = `select o.id, o.status as stored, (
    select e.to_status from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id order by e.id desc limit 1) as recorded,
  (select count(*)::integer from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id) as events
  from app.orders o order by o.id`

describe('order_event_is_recorded, however the owner writes', () => {
  it(
    'appends one row for each order that one statement inserts',
    rolledBack(async (db) => {
      await db.query(
        `insert into app.orders (customer_id, expires_at, pickup_latitude, pickup_longitude, pickup_address, drop_latitude,
           drop_longitude, drop_address, distance_km, trucks_requested, trucks_total, total_amount, content_hash)
         select gen_random_uuid(), now() + interval '1 minute', 1, 1, 'a', 2, 2, 'b', 1, 1, 1, 1, sha256('') from generate_series(1, 3)`,
      )
      const { rows } = await db.query(lastEvents)
      expect(rows).toHaveLength(3)
      expect(rows.map(({ recorded, events }) => [recorded, events])).toEqual(rows.map(() => ['active', 1]))
    }),
  )

  it.each([
    ['be deleted', 'delete from app.orders where id = $1', '23503', 'order_event_belongs_to_an_order'],
    [
      'get another id',
      'update app.orders set id = app.uuid_v7() where id = $1',
      '23503',
      'order_event_belongs_to_an_order',
    ],
    [
      'go to another customer',
      'update app.orders set customer_id = gen_random_uuid() where id = $1',
      '23503',
      'order_event_belongs_to_an_order',
    ],
  ])('lets no order %s, since its events stay', (_, statement, code, constraint) =>
    rolledBack(async (db) => {
      const { id } = await make.order(db)
      await db.query('delete from app.truck_requests where order_id = $1', [id])
      const before = (await db.query(lastEvents)).rows
      expect(await refusalOf(db, statement, [id])).toMatchObject({ code, constraint })
      expect((await db.query(lastEvents)).rows).toEqual(before)
    })(),
  )
})

describe('the actor of an event', () => {
  it(
    'by hand is the session user, whatever that person has set',
    rolledBack(async (db) => {
      const { session_user: me } = await one(db, 'select session_user')
      for (const set of [
        "set local app.actor = 'customer'",
        "set app.actor = 'admin 1'",
        "select set_config('app.actor', 'clock', false)",
      ]) {
        await db.query(set)
        const { id } = await make.order(db)
        await db.query(move, byHand(id, 'cancelled'))
        const { rows } = await db.query('select actor from app.order_events where order_id = $1 order by id', [id])
        expect(rows, set).toEqual([{ actor: me }, { actor: me }])
      }
    }),
  )

  it(
    'by hand is the session user also through a function of the phone',
    rolledBack(async (db) => {
      const { session_user: me } = await one(db, 'select session_user')
      const customer = newId()
      await db.query("select rest.create_order($1, '', '', null, $2)", [customer, oneTruck])
      expect(await one(db, 'select actor from app.order_events where customer_id = $1', [customer])).toEqual({
        actor: me,
      })
    }),
  )
})

describe('the actor of an event, through a login of the service,', () => {
  const actorsOf = async (customer: string) =>
    (
      await copy.owner.query<{ actor: string }>(
        'select actor from app.order_events where customer_id = $1 order by id',
        [customer],
      )
    ).rows.map(({ actor }) => actor)
  /** As src/admin/graphql.ts does it: role and name for one transaction. */
  async function asAdmin(actor: string | undefined, sql: string, values: unknown[] = []): Promise<void> {
    await admin.query('begin; set local role weelo_admin')
    if (actor !== undefined) await admin.query("select set_config('app.actor', $1, true)", [actor])
    await admin.query(sql, values)
    await admin.query('commit')
  }
  const cancel = "select api.cancel_order_by_id($1, 'asked by phone')"

  it('is the customer for the phones, whatever the session had named before', async () => {
    const customer = newId()
    await rest.query("set app.actor = 'admin 1'")
    await rest.query("select rest.create_order($1, '', '', null, $2)", [customer, oneTruck])
    const { id } = await one<{ id: string }>(copy.owner, 'select id from app.orders where customer_id = $1', [customer])
    await rest.query("select rest.cancel_order($1, $2, 'Change of plans')", [customer, id])
    expect(await actorsOf(customer)).toEqual(['customer', 'customer'])
  })

  it('is whom the admin listener has named, for that transaction', async () => {
    const { session_user: me } = await one(copy.owner, 'select session_user')
    const [first, second] = [await make.order(copy.owner), await make.order(copy.owner)]
    await asAdmin('admin 42', cancel, [first.id])
    await asAdmin(undefined, cancel, [second.id])
    expect(await actorsOf(first.customer)).toEqual([me, 'admin 42'])
    expect(await actorsOf(second.customer)).toEqual([me, 'weelo_graphql'])
  })

  it('is the clock for what the clock has done, though an admin wrote it down', async () => {
    const { session_user: me } = await one(copy.owner, 'select session_user')
    const due = await make.order(copy.owner, { dueIn: '-1 s' })
    await asAdmin('admin 42', 'select api.expire_due_orders()')
    expect(await actorsOf(due.customer)).toEqual([me, 'clock'])
    const settled = await make.order(copy.owner, { status: 'partially_filled', dueIn: '-1 s' })
    await asAdmin('admin 42', cancel, [settled.id])
    expect(await actorsOf(settled.customer)).toEqual([me, me, 'clock', 'admin 42'])
  })
})
