// What starts and stops, in order.
import { pino } from 'pino'
import { createAdminApp } from './admin/app.ts'
import { type Config, developmentJwtSecret, readConfig } from './config.ts'
import { dataDir } from './db/data-dir.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { deriveLogin } from './db/logins.ts'
import { migrateDatabase } from './db/migrate.ts'
import { makeCall, makePool } from './db/pool.ts'
import { greet } from './greet.ts'
import { listen } from './listen.ts'
import { whenParentDies } from './parent.ts'
import { createApp } from './rest/app.ts'
import { readVersion } from './version.ts'
import { startWorker } from './worker/worker.ts'

const REST_SESSIONS = 10
const WORKER_SESSIONS = 4
/** After this a stop gives up on being graceful. Below the ten seconds that supervisors allow. */
const STOP_LIMIT_MS = 9_000

async function start(config: Config): Promise<() => Promise<void>> {
  const log = pino({ level: config.LOG_LEVEL, base: undefined })
  const onPoolError = (error: Error) => log.warn({ error: error.message }, 'a database session was lost')
  const runs = (role: Config['ROLE']) => config.ROLE === 'all' || config.ROLE === role

  const embedded =
    config.DATABASE_URL || config.isProduction ? undefined : await startEmbeddedPostgres(dataDir(config.DATA_DIR))
  const ownerUrl = config.DATABASE_URL ?? embedded?.url
  if (ownerUrl && !config.isProduction) await migrateDatabase(ownerUrl)

  const restUrl =
    config.REST_DATABASE_URL ??
    (ownerUrl && !config.isProduction ? await deriveLogin(ownerUrl, 'weelo_rest', config.JWT_SECRET) : undefined)
  const restPool = runs('api') && restUrl ? makePool(restUrl, REST_SESSIONS, onPoolError) : undefined
  const ownerPool =
    ownerUrl && (runs('worker') || !restPool) ? makePool(ownerUrl, WORKER_SESSIONS, onPoolError) : undefined
  const healthPool = restPool ?? ownerPool ?? makePool(config.ADMIN_DATABASE_URL ?? '', 1, onPoolError)

  let stopping = false
  const health = { version: readVersion(config.COMMIT_SHA), isStopping: () => stopping }
  const worker = runs('worker') && ownerPool ? await startWorker(ownerPool, log) : undefined
  const admin = await listen(
    createAdminApp({ ...health, call: makeCall(healthPool) }),
    config.HOST,
    config.ADMIN_PORT,
    'ADMIN_PORT',
  )
  const api = restPool
    ? await listen(
        createApp({ ...health, call: makeCall(restPool), jwtSecret: config.JWT_SECRET, log }),
        config.HOST,
        config.PORT,
        'PORT',
      )
    : undefined
  log.info(
    {
      role: config.ROLE,
      commit: health.version.commit,
      schema: health.version.schema,
      api: api?.url,
      admin: admin.url,
    },
    'started',
  )
  if (!config.isProduction) {
    const isDevelopmentSecret = config.JWT_SECRET === developmentJwtSecret
    await greet({
      publicUrl: api?.url,
      adminUrl: admin.url,
      jwtSecret: config.JWT_SECRET,
      isDevelopmentSecret,
      databaseUrl: ownerUrl,
      embedded,
    })
  }

  return async () => {
    stopping = true
    await api?.close()
    await worker?.stop()
    await admin.close()
    await Promise.all([...new Set([restPool, ownerPool, healthPool])].map((pool) => pool?.end()))
    await embedded?.stop()
    log.info('stopped')
  }
}

function stopOnce(stop: () => Promise<void>): () => void {
  let isCalled = false
  return () => {
    if (isCalled) return
    isCalled = true
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
    stop().then(
      () => process.exit(0),
      (error) => fail(error),
    )
  }
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

try {
  const config = readConfig(process.env)
  const stop = stopOnce(await start(config))
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  if (config.npm_lifecycle_event) whenParentDies(stop)
} catch (error) {
  fail(error)
}
