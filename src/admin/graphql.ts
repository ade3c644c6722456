// GraphQL for admins, made by PostGraphile from what sql/grants.sql shows of schema api.
import './graphile-env.ts'
import type pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv, type HonoGrafserv } from 'postgraphile/grafserv/hono/v4'
import type { GraphQLError, GraphQLSchema } from 'postgraphile/graphql'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { changeNullability } from 'postgraphile/utils'
import type { AdminContext } from './context.ts'
import { extraFields } from './extra-fields.ts'
import { filterPlugins } from './filters.ts'
import { limits } from './limits.ts'
import { naming } from './naming.ts'
import { pages } from './pages.ts'
import type { ReadsOf } from './replica.ts'
import { nothingUnlessNamed, schemaShape } from './schema-shape.ts'

export type Graphql = { schema: GraphQLSchema; server: HonoGrafserv; release: () => Promise<void> }

/** Texts and plans kept for when they come again. One may take 1.5 MB; of the usual 500, anybody can fill 750 MB. */
const KEPT_QUERIES = 50

type RuruConfig = NonNullable<NonNullable<GraphileConfig.Preset['ruru']>['clientConfig']>

/** What the page begins with: support's question, to be filled with a phone number. */
const FIRST_QUERY = `# Why can this customer not book? Run it with Ctrl-Enter; other fields: Ctrl-Space.
query ($phone: String = "9876543210") {
  orders(first: 1, condition: { customerPhone: $phone }) {
    nodes {
      id
      status
      storedStatus
      secondsLeft
      customerExplanation { createIsRefusedBy whatToDo orderId status secondsLeft }
      timeline { occurredAt toStatus actor reason }
    }
  }
}
`

const required = changeNullability({
  Query: { explainCustomer: { args: { customerId: false } } },
  CancelOrderInput: { orderId: false, reason: false },
  CompleteTripInput: { tripId: false, reason: false },
  EraseCustomerInput: { customerId: false },
  WithdrawTripInput: { tripId: false, reason: false },
})

/** Reads the schema from the database, so it fails while that is away. The pool stays the caller's to end. */
export async function startGraphql(
  pool: pg.Pool,
  maskError: (error: GraphQLError) => GraphQLError,
  readsOf: ReadsOf = () => ({}),
): Promise<Graphql> {
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    plugins: [schemaShape, naming, pages, ...filterPlugins, extraFields, required],
    disablePlugins: [
      'NodePlugin',
      'QueryQueryPlugin',
      'MutationPayloadQueryPlugin',
      'PgMutationPayloadEdgePlugin',
      'PgOrderByPrimaryKeyPlugin',
    ],
    pgServices: [makePgService({ pool, schemas: ['api'], pgSettingsForIntrospection: { role: 'weelo_admin' } })],
    schema: { defaultBehavior: nothingUnlessNamed },
    grafserv: {
      graphqlPath: '/graphql',
      graphiqlPath: '/',
      graphqlOverGET: false,
      watch: false,
      maskError,
      parseAndValidateCacheSize: KEPT_QUERIES,
    },
    ruru: {
      htmlParts: {
        // A page without an icon asks for /favicon.ico, which is not there.
        metaTags: (tags) => `${tags}\n<link rel="icon" href="data:," />`,
        titleTag: '<title>Weelo orders</title>',
      },
      clientConfig: { defaultQuery: FIRST_QUERY } as RuruConfig, // its type asks for every setting, its code for none
    },
    grafast: {
      timeouts: { planning: limits.planningMs, execution: limits.executionMs },
      context: ({ honov4 }, operation) => ({
        pgSettings: settingsFor(honov4?.ctx as AdminContext | undefined),
        ...readsOf(operation),
      }),
    },
  })
  try {
    const schema = await instance.getSchema()
    Object.assign(schema.extensions, {
      grafast: { operationsCacheMaxLength: KEPT_QUERIES, ...schema.extensions.grafast },
    })
    return { schema, server: instance.createServ(grafserv), release: async () => instance.release() }
  } catch (error) {
    await instance.release()
    throw error
  }
}

/**
 * For the length of one transaction: the caller's rights, and the name that events record. And a plan for the values that
 * were given: after five times PostgreSQL would keep one for any value, which reads every order to find the few that search
 * (500 ms instead of 5 with 1,000,000 orders).
 */
function settingsFor(c: AdminContext | undefined): Record<string, string> {
  if (!c) throw new Error('GraphQL is reached through the admin listener only')
  const { role, userId } = c.get('caller')
  return { role: `weelo_${role}`, 'app.actor': `${role} ${userId}`, plan_cache_mode: 'force_custom_plan' }
}
