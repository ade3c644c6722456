import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export const sqlRoot = join(import.meta.dirname, '..', '..', 'sql')

/** Folders in the order in which they stand on each other. */
const folders = ['helpers', 'views', 'queries', 'commands', 'sweeps', 'guards', 'rest']

/** One function, view or guard; `name` is its own and the file's. */
export type SqlFile = { folder: string; name: string; text: string }

export const readSqlFiles = (): SqlFile[] => folders.flatMap(filesIn)

export const filesIn = (folder: string): SqlFile[] =>
  readdirSync(join(sqlRoot, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      folder,
      name: basename(file, '.sql'),
      text: readFileSync(join(sqlRoot, folder, file), 'utf8'),
    }))

/**
 * What this program's behaviour is known by: 12 hex digits of the hash of all of sql/. Servers compare it with what was
 * loaded into the database, since a new program on functions of yesterday would be yesterday's service.
 */
export function sqlLayer(): string {
  const hash = createHash('sha256')
  for (const { folder, name, text } of [...readSqlFiles(), ...filesIn('citus')])
    hash.update(`${folder}/${name}\n${text}`)
  for (const file of ['roles.sql', 'grants.sql', 'citus.sql'])
    hash.update(`${file}\n${readFileSync(join(sqlRoot, file), 'utf8')}`)
  return hash.digest('hex').slice(0, 12)
}

/** An error that says in which file it came up, with the code that it had. */
export function inFile(file: SqlFile, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string }
  return Object.assign(new Error(`sql/${file.folder}/${file.name}.sql: ${message}`), { code })
}
