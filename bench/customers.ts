// Customers whose order searches for an hour, so that a row may ask for it, or be refused because of it.
import { randomUUID } from 'node:crypto'
import { numbered } from './load/statement.ts'
import { createOrder } from './orders.ts'
import type { Database } from './server.ts'

export type Booked = { customer: string; order: string }

/** New customers, unless they are given, with an open order each. */
export async function book(database: Database, customers: number | string[]): Promise<Booked[]> {
  await database.ask("update app.settings set search_window = '1 hour'")
  const who = typeof customers === 'number' ? Array.from({ length: customers }, () => randomUUID()) : customers
  const { text, values } = createOrder('w.customer', ' from unnest(:who::uuid[]) w(customer)')
  const named = { ...values, who: '' }
  const statement = numbered({ text: text.replace('select ', 'select w.customer, '), values: named })
  const given = statement.names.map((name) => (name === 'who' ? who : values[name]))
  return database.ask<Booked>(statement.text, given)
}

/** Each a customer of old orders whose turn comes once, scattered over the index. */
export const nextCustomer = "md5('customer ' || nextval('bench.customer'))::uuid"

/** As seed/old_orders.sql makes them. */
const ORDERS_PER_CUSTOMER = 5

/**
 * Hands out the customers of so many old orders, and goes on where a run before has ended. `prepare` begins anew, with all
 * orders closed, when more than half of them are used; `refusePassed` throws when a load went beyond the last one.
 */
export async function customersOf(database: Database, rows: number) {
  const count = Math.max(1, Math.floor(rows / ORDERS_PER_CUSTOMER))
  await database.ask('create schema if not exists bench')
  await database.ask('create sequence if not exists bench.customer cache 100') // a session takes a hundred at once
  await database.ask('update app.settings set search_window = default')
  const used = async () =>
    Number((await database.ask<{ at: string }>('select last_value at from bench.customer'))[0]?.at)
  return {
    prepare: async () => {
      if ((await used()) <= count / 2) return
      await closeEverything(database)
      await database.ask('alter sequence bench.customer restart')
    },
    refusePassed: async () => {
      if ((await used()) <= count) return
      throw new Error(
        `A load booked for all ${count} customers that ${rows} old orders have, and then for customers that have none: ` +
          'it says nothing. Say more --rows or fewer --seconds.',
      )
    },
  }
}

/** Whatever searches is over and written down: what a row before has left must not be in the way of the next. */
export async function closeEverything(database: Database): Promise<void> {
  await database.ask(
    `update app.orders set expires_at = created_at + interval '1 ms' where is_open and expires_at > clock_timestamp()`,
  )
  for (;;) {
    const [row] = await database.ask<{ closed: number }>('select api.expire_due_orders() as closed')
    if (row?.closed === 0) break
  }
  await database.asSuperuser('vacuum app.orders')
}
