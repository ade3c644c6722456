// Stands between the listener and GraphQL: builds it when the database can be read, judges a query's size, and answers.
import type pg from 'pg'
import type { Logger } from 'pino'
import { factsForLog } from '../facts-for-log.ts'
import { NOT_MIGRATED } from '../http/health.ts'
import type { AdminContext, AdminHandler } from './context.ts'
import type { Graphql } from './graphql.ts'
import type { Judgement } from './limits.ts'
import { problem } from './problems.ts'

export type GraphqlHost = {
  query: AdminHandler
  page: AdminHandler
  pageAsset: AdminHandler
  /** Begins to build, so that the first admin need not wait for it. */
  warm: () => void
  release: () => Promise<void>
}

/** Besides what the health check knows: a role or a view that is not there. */
const NOT_READY = new Set([...NOT_MIGRATED, '22023', '42P01'])

type Ready = Graphql & { judge: (query: string, variables: Record<string, unknown>) => Judgement }

/**
 * Reading the schema needs the database, which may be away when the process starts: then admins are told so, and the
 * next request tries again. PostGraphile is only loaded here, so a process without admins does without it.
 */
export function hostGraphql(pool: pg.Pool, replica: pg.Pool | undefined, log: Logger): GraphqlHost {
  let building: Promise<Ready> | undefined
  const ready = () => {
    building ??= build(pool, replica, log).catch((error) => {
      building = undefined
      throw error
    })
    return building
  }
  const behind =
    (handle: (graphql: Ready, c: AdminContext) => Response | Promise<Response>): AdminHandler =>
    async (c) => {
      let graphql: Ready
      try {
        graphql = await ready()
      } catch (error) {
        c.get('log').warn(factsForLog(error), 'the GraphQL schema could not be read from the database')
        const { code = '' } = error as { code?: string }
        return problem(c, NOT_READY.has(code) ? 'database_is_migrated' : 'database_answers')
      }
      return handle(graphql, c)
    }
  return {
    query: behind(answerQuery),
    page: behind(({ server }, c) => server.handleGraphiqlEvent(c)),
    pageAsset: behind(({ server }, c) => server.handleGraphiqlStaticEvent(c)),
    warm: () => {
      ready().catch((error) => log.warn(factsForLog(error), 'the GraphQL schema could not be read from the database'))
    },
    release: async () => {
      const built = await building?.catch(() => undefined)
      await built?.release()
    },
  }
}

/** PostGraphile would wrap what the database says here in an error without its code. */
async function assertReadable(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin; set local role weelo_admin; select from api.order_statuses; rollback')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function build(pool: pg.Pool, replica: pg.Pool | undefined, log: Logger): Promise<Ready> {
  const [{ startGraphql }, { readReplica }, { errorMask }, { judgeQuery }, { pageFields }] = await Promise.all([
    import('./graphql.ts'),
    import('./replica.ts'),
    import('./mask-error.ts'),
    import('./limits.ts'),
    import('./query-size.ts'),
  ])
  await assertReadable(pool)
  const graphql = await startGraphql(pool, errorMask(log), replica && readReplica(replica, pool, log))
  const pages = pageFields(graphql.schema)
  const mutations = graphql.schema.getMutationType()?.getFields() ?? {}
  const judge: Ready['judge'] = (query, variables) => {
    const { complaints, changes } = judgeQuery(query, variables, pages)
    return { complaints, changes: changes.filter((name) => Object.hasOwn(mutations, name)) }
  }
  return { ...graphql, judge }
}

async function answerQuery({ server, judge }: Ready, c: AdminContext): Promise<Response> {
  if (!/^application\/json\s*(;|$)/.test(c.req.header('content-type') ?? '')) return problem(c, 'body_is_json')
  const body = await c.req.json().catch(() => undefined)
  const { query, variables } = (body ?? {}) as { query?: unknown; variables?: unknown }
  if (typeof query !== 'string' || (variables != null && typeof variables !== 'object'))
    return problem(c, 'query_is_text')
  try {
    const { complaints, changes } = judge(query, (variables ?? {}) as Record<string, unknown>)
    if (complaints.length > 0) return problem(c, 'query_is_within_limits', complaints.join(' '))
    // Orders keep who changed them; for the settings and the sweep this line does.
    if (changes.length > 0)
      c.get('log').info({ tag: 'AdminChange', changes, caller: c.get('caller').hash }, 'an admin asks for a change')
  } catch (error) {
    // A RangeError: the text nests deeper than the reader's stack.
    const reason = error instanceof RangeError ? 'It is nested too deep.' : (error as Error).message
    return problem(c, 'query_can_be_read', `The query cannot be read: ${reason}`)
  }
  return server.handleGraphQLEvent(c)
}
