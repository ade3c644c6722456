// Programs old and new behind a balancer that sends each connection to the next, as a load balancer does.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { atTheEnd } from '../support/at-the-end.ts'

export type Facts = {
  commit: string
  schema: string
  sql: string
  problem?: string
  databaseSchema?: string
  databaseSql?: string
}

/** Answers /version and /readyz as the service does. */
export function program(facts: Facts): RequestListener {
  const { commit, schema, sql, problem, databaseSchema = schema, databaseSql = sql } = facts
  return ({ url }, response) => {
    const status = problem === undefined ? 'ready' : 'not ready'
    const body =
      url === '/version'
        ? { commit, schema, sql }
        : { status, problem, commit, schema: databaseSchema, sql: databaseSql }
    response.writeHead(url === '/readyz' && problem !== undefined ? 503 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

/** `targetOf` is told the number of the connection, from 0, and may answer with nothing: then the connection breaks. */
export async function startFleet(targetOf: (connection: number) => RequestListener | undefined) {
  const connections: Socket[] = []
  const paths: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    paths.push(request.url ?? '')
    const target = targetOf(connections.indexOf(request.socket))
    if (target) target(request, response)
    else request.socket.destroy()
  })
  server.on('connection', (socket) => connections.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atTheEnd(async () => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, paths, connections: () => connections.length }
}
