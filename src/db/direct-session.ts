// Migrations and the worker hold locks and listen, in sessions of their own; a pooler gives each transaction another one.
import type pg from 'pg'

const MESSAGE =
  'DATABASE_URL leads through a connection pooler (PgBouncer or the like), which keeps no session for the migration or the worker: ' +
  'give it the address of the PostgreSQL server itself. The other three, REST_DATABASE_URL, ADMIN_DATABASE_URL and DATABASE_READ_URL, may lead through a pooler.'

/** A pooler cannot tell at the login which of its sessions will be used: it names a process of its own. */
export async function assertDirect(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  if (rows[0]?.pid !== (client as unknown as { processID: number }).processID) throw new Error(MESSAGE)
}

/** The same of a pool; its limits are parameters of the login, which PgBouncer refuses before anything can be asked. */
export async function assertDirectPool(pool: pg.Pool): Promise<void> {
  const client = await pool.connect().catch((error: Error) => {
    throw error.message.startsWith('unsupported startup parameter') ? new Error(MESSAGE) : error
  })
  try {
    await assertDirect(client)
  } finally {
    client.release()
  }
}
