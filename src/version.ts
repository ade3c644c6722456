import { execFileSync } from 'node:child_process'
import { newestMigration } from './db/migrate.ts'
import type { Version } from './health.ts'

/** What runs here: a deployed image is told its commit at build time, a checkout asks git. */
export function readVersion(commit: string | undefined): Version {
  return { commit: commit ?? commitOfCheckout(), startedAt: new Date().toISOString(), schema: newestMigration() }
}

function commitOfCheckout(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  } catch {
    return 'unknown'
  }
}
