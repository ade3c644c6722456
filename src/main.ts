// What starts and stops, in order.
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdminApp } from './admin/app.ts'
import { type Config, configOrExit } from './config.ts'
import { openDatabases } from './databases.ts'
import { makeCall } from './db/pool.ts'
import { greet } from './greet.ts'
import { listen } from './http/listen.ts'
import { strangersWithinLimit } from './http/strangers.ts'
import { makeLog } from './log.ts'
import { makeMetrics } from './metrics/metrics.ts'
import { addProcess } from './metrics/process.ts'
import { whenParentDies } from './parent.ts'
import { startPublicSide } from './public-side.ts'
import { stopInSteps } from './stop.ts'
import { tokenReader } from './token.ts'
import { readVersion } from './version.ts'
import { keepWorker } from './worker/worker.ts'

async function start(config: Config) {
  const { HOST, ADMIN_PORT, ROLE: role, isProduction } = config
  const log = await makeLog(config)
  let isStopping = false
  const databases = await openDatabases(config, (error) => {
    if (!isStopping) log.warn({ error: error.message }, 'a database session was lost')
  })
  const version = readVersion(config)
  const health = { call: makeCall(databases.health), version, isStopping: () => isStopping, log }
  const metrics = makeMetrics(version, role)
  const readMetrics = addProcess(metrics.register, databases, health)
  const readToken = tokenReader(config.jwtSecrets)
  const countStranger = strangersWithinLimit(config.TRUSTED_PROXIES, log)
  const shared = { readToken, countStranger, metrics }

  const worker = databases.owner && keepWorker(databases.owner, log, metrics)
  const adminDeps = {
    ...health,
    ...shared,
    isProduction,
    readMetrics,
    pool: databases.admin,
    replica: databases.replica,
  }
  const { app: adminApp, graphql } = createAdminApp(adminDeps)
  const admin = await listen(adminApp, HOST, ADMIN_PORT, 'ADMIN_PORT', health)
  graphql?.warm()
  const publicSide = await startPublicSide(config, databases, { health, ...shared, log })
  await readMetrics() // opens the health check's sessions while there is a place for them

  const announce = async () => {
    const { commit, schema, sql } = version
    log.info({ role, commit, schema, sql, api: publicSide?.url, admin: admin.url }, 'started')
    if (isProduction) return
    const urls = { publicUrl: publicSide?.url, adminUrl: admin.url, hasGraphql: graphql !== undefined }
    await greet({ ...urls, jwtSecret: config.JWT_SECRET, ...databases })
  }
  /** First of all: the balancer looks away while every request is still answered. */
  const drain = () => {
    isStopping = true
    return sleep(config.DRAIN_SECONDS * 1_000)
  }
  const stop = stopInSteps(log, [
    ['the balancer looks away', drain],
    ['requests are answered', () => Promise.all([publicSide?.close(), admin.close()])],
    ['the worker ends', async () => worker?.stop()],
    ['GraphQL ends', async () => graphql?.release()],
    ['database sessions end', databases.close],
  ])
  return { announce, stop }
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

try {
  const config = configOrExit()
  let stop = (): void => process.exit(0) // until something runs that must be stopped; an own server goes with this process
  process.on('SIGINT', () => stop())
  process.on('SIGTERM', () => stop())
  if (config.PARENT_PID) whenParentDies(config.PARENT_PID, () => stop())
  const service = await start(config)
  stop = service.stop
  await service.announce() // last: whoever reads it may stop us at once
} catch (error) {
  fail(error)
}
