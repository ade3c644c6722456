// npm run schema: writes schema.graphql, as the admins' API is with the sql/ of this checkout, from a database made for it.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSchema } from '../admin/read-schema.ts'
import { startEmbeddedPostgres } from '../db/embedded.ts'
import { deriveLogin } from '../db/logins.ts'
import { migrateDatabase } from '../db/migrate.ts'

const folder = mkdtempSync(join(tmpdir(), 'weelo-schema-'))
chmodSync(folder, 0o711)
const server = await startEmbeddedPostgres(folder, ['fsync=off'])
try {
  await migrateDatabase(server.url)
  const adminUrl = await deriveLogin(server.url, 'weelo_graphql', 'only for as long as this runs')
  writeFileSync(join(import.meta.dirname, '..', '..', 'schema.graphql'), await readSchema(adminUrl))
  console.log('schema.graphql is written.')
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
