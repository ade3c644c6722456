import { execFileSync } from 'node:child_process'
import { newestMigration } from './db/migration-plan.ts'
import { sqlLayer } from './db/sql-file.ts'
import type { Version } from './http/health.ts'

/** What runs here: a deployed image is told its commit and time at its build, a checkout asks git and was never built. */
export function readVersion({ COMMIT_SHA, BUILD_TIME }: { COMMIT_SHA?: string; BUILD_TIME?: string }): Version {
  return {
    commit: COMMIT_SHA ?? commitOfCheckout(),
    buildTime: BUILD_TIME,
    startedAt: new Date().toISOString(),
    schema: newestMigration(),
    sql: sqlLayer(),
  }
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
