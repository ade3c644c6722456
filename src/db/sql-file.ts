import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export const sqlRoot = join(import.meta.dirname, '..', '..', 'sql')

/** Folders in the order in which they stand on each other. */
const folders = ['helpers', 'views', 'queries', 'commands', 'sweeps', 'guards', 'rest']

/** One function, view or guard; `name` is its own and the file's. */
export type SqlFile = { folder: string; name: string; text: string }

export function readSqlFiles(): SqlFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(sqlRoot, folder))
      .filter((file) => file.endsWith('.sql'))
      .sort()
      .map((file) => ({
        folder,
        name: basename(file, '.sql'),
        text: readFileSync(join(sqlRoot, folder, file), 'utf8'),
      })),
  )
}

/** An error that says in which file it came up, with the code that it had. */
export function inFile(file: SqlFile, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string }
  return Object.assign(new Error(`sql/${file.folder}/${file.name}.sql: ${message}`), { code })
}
