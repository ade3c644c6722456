// The public listener: requests, and what phones listen to. What stands behind it is made here and stopped with it.
import type { Server } from 'node:http'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Databases } from './databases.ts'
import { makeCall } from './db/pool.ts'
import type { HealthDeps } from './http/health.ts'
import { listen } from './http/listen.ts'
import type { CountStranger } from './http/strangers.ts'
import { admission } from './live/admission.ts'
import { startOrderFeed } from './live/order-feed.ts'
import { serveSockets } from './live/sockets.ts'
import type { Metrics } from './metrics/metrics.ts'
import { addListeners } from './metrics/process-gauges.ts'
import { createApp } from './rest/app.ts'
import type { ReadToken } from './token.ts'

type Deps = { health: HealthDeps; readToken: ReadToken; countStranger: CountStranger; metrics: Metrics; log: Logger }

/** Undefined where ROLE does not include it. */
export async function startPublicSide(config: Config, { rest, live }: Databases, deps: Deps) {
  if (!rest || !live) return undefined
  const { readToken, countStranger, log, metrics } = deps
  await openSessions(rest)
  const call = makeCall(rest)
  const liveCall = makeCall(live)
  const feed = startOrderFeed(liveCall, log)
  const listeners = admission()
  const app = createApp({ ...deps, call, feed, admission: listeners })
  let sockets: ReturnType<typeof serveSockets> | undefined
  const attach = (server: Server) => {
    sockets = serveSockets(server, { call, liveCall, feed, admission: listeners, readToken, countStranger, log })
  }
  const { isStopping } = deps.health
  const listener = await listen(app, config.HOST, config.PORT, 'PORT', { attach, isStopping })
  addListeners(metrics.register, () => ({ listeners: listeners.count(), subscriptions: feed.count() }))
  const close = async () => {
    sockets?.close()
    await Promise.all([feed.stop(), listener.close()])
  }
  return { url: listener.url, close }
}

/**
 * Who is ready is given its share of requests at once, and ten sessions that begin together on a busy machine take longer
 * than a request may wait for one. A database that is away is no reason not to start.
 */
async function openSessions(pool: pg.Pool): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: pool.options.max }, () => pool.connect()))
  for (const session of opened) if (session.status === 'fulfilled') session.value.release()
}
