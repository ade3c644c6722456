import pg from 'pg'
import { migrateDatabase } from '../../src/db/migrate.ts'

/** Empties a distributed database and migrates it. Only one that says it is for tests. */
export async function beginAnew(connectionString: string): Promise<void> {
  if (!/test/.test(new URL(connectionString).pathname))
    throw new Error(
      'Nothing was run: the database of TEST_CITUS_URL is emptied first, so its name must contain “test”.',
    )
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query("set citus.multi_shard_modify_mode = 'sequential'")
  for (const schema of ['rest', 'api', 'app', 'graphile_migrate', 'graphile_worker'])
    await client.query(`drop schema if exists ${schema} cascade`)
  await client.end()
  await migrateDatabase(connectionString)
}
