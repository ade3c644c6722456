// What starts and stops, in order.
import { pino } from 'pino'
import { createAdminApp } from './admin/app.ts'
import { type Config, configOrExit } from './config.ts'
import { openDatabases } from './databases.ts'
import { type Call, makeCall } from './db/pool.ts'
import { greet } from './greet.ts'
import { listen } from './listen.ts'
import { admission } from './live/admission.ts'
import { startOrderFeed } from './live/order-feed.ts'
import { serveSockets } from './live/sockets.ts'
import { whenParentDies } from './parent.ts'
import { createApp } from './rest/app.ts'
import { readVersion } from './version.ts'
import { startWorker } from './worker/worker.ts'

/** After this a stop gives up on being graceful. Below the ten seconds that supervisors allow. */
const STOP_LIMIT_MS = 9_000

async function start(config: Config) {
  const { HOST, PORT, ADMIN_PORT, JWT_SECRET: jwtSecret, ROLE: role, isProduction } = config
  const log = pino({ level: config.LOG_LEVEL, base: undefined })
  let isStopping = false
  const databases = await openDatabases(config, (error) => {
    if (!isStopping) log.warn({ error: error.message }, 'a database session was lost')
  })
  const { rest, live, owner } = databases
  const health = {
    call: makeCall(databases.health),
    version: readVersion(config.COMMIT_SHA),
    isStopping: () => isStopping,
    log,
  }

  const worker = owner && (await startWorker(owner, log))
  const { app: adminApp, graphql } = createAdminApp({ ...health, jwtSecret, isProduction, pool: databases.admin })
  const admin = await listen(adminApp, HOST, ADMIN_PORT, 'ADMIN_PORT')
  graphql?.warm()
  const publicSide = rest && live && (await startPublic(makeCall(rest), makeCall(live)))
  const { commit, schema } = health.version

  /** The public listener: requests, and what phones listen to. */
  async function startPublic(call: Call, liveCall: Call) {
    const feed = startOrderFeed(liveCall, log)
    const listeners = admission()
    const app = createApp({ call, jwtSecret, log, health, feed, admission: listeners })
    let sockets: ReturnType<typeof serveSockets> | undefined
    const listener = await listen(app, HOST, PORT, 'PORT', (server) => {
      sockets = serveSockets(server, { call, liveCall, feed, admission: listeners, jwtSecret, log })
    })
    const close = async () => {
      sockets?.close()
      await feed.stop()
      await listener.close()
    }
    return { url: listener.url, close }
  }

  const announce = async () => {
    log.info({ role, commit, schema, api: publicSide?.url, admin: admin.url }, 'started')
    if (!isProduction)
      await greet({
        publicUrl: publicSide?.url,
        adminUrl: admin.url,
        hasGraphql: graphql !== undefined,
        jwtSecret,
        ...databases,
      })
  }
  const stop = async () => {
    isStopping = true
    await publicSide?.close()
    await worker?.stop()
    await admin.close()
    await graphql?.release()
    await databases.close()
    log.info('stopped')
  }
  return { announce, stop }
}

function stopOnce(stop: () => Promise<void>) {
  let isCalled = false
  return () => {
    if (isCalled) return
    isCalled = true
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
    stop().then(() => process.exit(0), fail)
  }
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
  stop = stopOnce(service.stop)
  await service.announce() // last: whoever reads it may stop us at once
} catch (error) {
  fail(error)
}
