// npm run migrate: brings the database of DATABASE_URL to this program's schema. In production the one step that does.
import { configOrExit } from '../config.ts'
import { migrateDatabase, newestMigration } from '../db/migrate.ts'

try {
  const { DATABASE_URL } = configOrExit({ ROLE: 'worker' })
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set: it is the owner’s login on the database to migrate.')
  await migrateDatabase(DATABASE_URL)
  console.log(`The database is at schema ${newestMigration()}, and sql/ is loaded.`)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
