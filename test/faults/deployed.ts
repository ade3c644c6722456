// A database that was migrated beforehand and the environment of a process on it, as where the service is deployed.
import { deriveLogin } from '../../src/db/logins.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import type { Environment } from '../support/program.ts'
import { testSecret } from '../support/secret.ts'

/** The environment of a process whose sessions the database shows under the given name. */
export type Deployed = (sessions: string) => Environment

/** Migrates, and gives the logins their passwords. */
export async function deploy(databaseUrl: string): Promise<Deployed> {
  await migrateDatabase(databaseUrl)
  const restUrl = await deriveLogin(databaseUrl, 'weelo_rest', testSecret)
  const adminUrl = await deriveLogin(databaseUrl, 'weelo_graphql', testSecret)
  return (sessions) => ({
    NODE_ENV: 'production',
    DATABASE_URL: named(databaseUrl, sessions),
    REST_DATABASE_URL: named(restUrl, sessions),
    ADMIN_DATABASE_URL: named(adminUrl, sessions),
  })
}

/** What a URL says wins over what the program says. */
function named(databaseUrl: string, sessions: string): string {
  const url = new URL(databaseUrl)
  url.searchParams.set('application_name', sessions)
  return url.href
}
