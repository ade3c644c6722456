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
