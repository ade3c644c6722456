import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { folderForRoot, isReachable, serverIdentity } from './embedded-programs.ts'

const project = join(import.meta.dirname, '..', '..')

/**
 * Where the embedded server keeps its data: DATA_DIR, else .data in the checkout. Started by root, the server runs as
 * nobody; a checkout that nobody cannot enter gets a folder of its own under /var/lib.
 */
export function dataDir(given: string | undefined): string {
  const identity = serverIdentity()
  const folder = given ?? join(project, '.data')
  if (!identity || isReachable(folder, identity.uid)) return folder
  if (given !== undefined)
    throw new Error(
      `DATA_DIR ${given} cannot be entered by the user nobody, as whom root runs PostgreSQL. Choose another folder.`,
    )
  return join(folderForRoot, `data-${createHash('sha256').update(project).digest('hex').slice(0, 12)}`)
}
