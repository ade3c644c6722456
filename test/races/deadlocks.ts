import { type Db, one } from '../support/database.ts'

/** How many deadlocks the server has broken in this database. */
export const deadlocks = async (db: Db) =>
  (
    await one<{ n: number }>(
      db,
      'select deadlocks::integer as n from pg_stat_database where datname = current_database()',
    )
  ).n
