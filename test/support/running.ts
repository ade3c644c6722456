import { makeMetrics } from '../../src/metrics/metrics.ts'
import { readVersion } from '../../src/version.ts'

/** As main.ts knows itself. */
export const testVersion = readVersion({ COMMIT_SHA: 'test', BUILD_TIME: '2026-11-01T10:00:00Z' })
export const testMetrics = () => makeMetrics(testVersion, 'all')
