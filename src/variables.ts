// Every variable that the service reads: its form, its default, and what a deployed definition must know of it.
import { z } from 'zod'

const roles = ['all', 'api', 'admin', 'worker'] as const
export type ProcessRole = (typeof roles)[number]

declare module 'zod' {
  interface GlobalMeta {
    /** Never in plain text: a deployed definition refers to it. */
    isSecret?: true
    /** The roles that cannot do without it in production. Elsewhere everything has a safe default. */
    requiredBy?: ProcessRole[]
    /** The roles that have a use for it, and can do without it. */
    usedBy?: ProcessRole[]
    /** Nobody's to set in a deployed definition: the image says it, or it is for development. */
    setBy?: 'image' | 'development'
  }
}

/** As long as a stop of ten seconds can spare. A balancer that takes longer must be told before, as ECS tells its own. */
export const LONGEST_DRAIN_SECONDS = 5

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value <= 65535, 'must be at most 65535')
const wholeUpTo = (max: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value <= max, `must be at most ${max}`)
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' }).optional()
const jwtSecret = z.string().min(32, 'must have at least 32 characters').optional()

export const environment = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .meta({ description: 'production never migrates at start and accepts no development value', setBy: 'image' }),
  ROLE: z.enum(roles).default('all').meta({ description: 'Which parts this process runs' }),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .meta({ description: 'The address that both listeners bind', setBy: 'image' }),
  PORT: port.default(3000).meta({ description: 'The public listener: REST, live events, health', setBy: 'image' }),
  ADMIN_PORT: port.default(3001).meta({ description: 'The admin listener: GraphQL, health, metrics', setBy: 'image' }),
  DATABASE_URL: postgresUrl.meta({
    description: 'The owner’s login: migrations and the worker',
    isSecret: true,
    requiredBy: ['all', 'worker'],
  }),
  REST_DATABASE_URL: postgresUrl.meta({
    description: 'The login weelo_rest',
    isSecret: true,
    requiredBy: ['all', 'api'],
  }),
  ADMIN_DATABASE_URL: postgresUrl.meta({
    description: 'The login weelo_graphql',
    isSecret: true,
    requiredBy: ['all', 'admin'],
  }),
  DATABASE_READ_URL: postgresUrl.meta({
    description: 'The login weelo_graphql on a replica, for admins’ queries alone',
    isSecret: true,
    usedBy: ['all', 'admin'],
  }),
  PG_NAMED_STATEMENTS: z
    .enum(['on', 'off'])
    .default('on')
    .meta({ description: 'off behind a PgBouncer before 1.21 in transaction mode' }),
  DATA_DIR: z.string().min(1).optional().meta({ description: 'The embedded server’s folder', setBy: 'development' }),
  JWT_SECRET: jwtSecret.meta({
    description: 'Checks the tokens that the sign-in service signs',
    isSecret: true,
    requiredBy: ['all', 'api', 'admin'],
  }),
  JWT_SECRET_PREVIOUS: jwtSecret.meta({
    description: 'Also accepted, while secrets change',
    isSecret: true,
  }),
  TRUSTED_PROXIES: wholeUpTo(10)
    .default(0)
    .meta({ description: 'How many proxies in front append to X-Forwarded-For; 0 believes nobody’s' }),
  DRAIN_SECONDS: wholeUpTo(LONGEST_DRAIN_SECONDS)
    .optional()
    .meta({ description: 'How long a stop waits for the balancer to look away' }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'The least that is logged' }),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json').meta({ description: 'pretty is for people' }),
  COMMIT_SHA: z.string().optional().meta({ description: 'The commit that was built', setBy: 'image' }),
  BUILD_TIME: z.string().optional().meta({ description: 'When it was built', setBy: 'image' }),
  PARENT_PID: z.coerce
    .number()
    .int()
    .optional()
    .meta({ description: 'The service stops when that process ends', setBy: 'development' }),
})

export type Environment = z.infer<typeof environment>

/** Their names and facts, for whoever writes or checks a definition of a deployed process. */
export const variables = (Object.keys(environment.shape) as (keyof Environment)[]).map((name) => ({
  name,
  ...(environment.shape[name].meta() ?? {}),
}))
