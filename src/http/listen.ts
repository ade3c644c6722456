import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { sendSecurityHeaders } from './security-headers.ts'

export type Listener = { url: string; close: () => Promise<void> }

/** Requests in progress get this long at a stop; then their sockets are cut. */
const FINISH_REQUESTS_MS = 2_000
const CLOSE_IDLE_EVERY_MS = 50
/** Balancers keep an idle connection for 60 s, and answer 502 when we close one that they are about to use. */
const KEEP_IDLE_MS = 75_000

/**
 * Listens, or says which variable to change when the port is taken. Port 0 means any free one. `attach` gets the server
 * before it listens, for what is not a request and its answer. `isStopping`: whoever keeps a connection open is told to go
 * elsewhere.
 */
export async function listen(
  app: { fetch: (request: Request) => Response | Promise<Response> },
  host: string,
  port: number,
  variable: string,
  { attach, isStopping = () => false }: { attach?: (server: Server) => void; isStopping?: () => boolean } = {},
): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.keepAliveTimeout = KEEP_IDLE_MS
  sendSecurityHeaders(server)
  server.prependListener('request', (_request, response) => {
    if (isStopping()) response.setHeader('Connection', 'close')
  })
  attach?.(server)
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(
      code === 'EADDRINUSE'
        ? `Port ${port} is taken by another program. Stop it, or set ${variable} to another port.`
        : message,
    )
  }
  const { port: actual } = server.address() as AddressInfo
  const shownHost = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return { url: `http://${shownHost}:${actual}`, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // Again and again: a connection becomes idle when its answer, perhaps a long stream, has ended.
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
  server.closeIdleConnections()
  const late = sleep(FINISH_REQUESTS_MS, undefined, { ref: false }).then(() => server.closeAllConnections())
  await Promise.race([closed, late])
  clearInterval(idle)
}
