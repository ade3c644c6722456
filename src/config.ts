import { z } from 'zod'

/** Accepted outside production only; printed at start, so that nobody mistakes it for a secret. */
export const developmentJwtSecret = 'development-only-secret-do-not-deploy'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value <= 65535, 'must be at most 65535')
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' })

const environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  ROLE: z.enum(['all', 'api', 'admin', 'worker']).default('all'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  ADMIN_PORT: port.default(3001),
  DATABASE_URL: postgresUrl.optional(),
  REST_DATABASE_URL: postgresUrl.optional(),
  ADMIN_DATABASE_URL: postgresUrl.optional(),
  DATA_DIR: z.string().min(1).optional(),
  JWT_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  COMMIT_SHA: z.string().optional(),
  PARENT_PID: z.coerce.number().int().optional(),
})

export type Config = z.infer<typeof environment> & { JWT_SECRET: string; isProduction: boolean }

/** Which variables production cannot do without, by role. Elsewhere each of them has a safe default. */
const requiredInProduction: Record<z.infer<typeof environment>['ROLE'], (keyof z.infer<typeof environment>)[]> = {
  all: ['DATABASE_URL', 'REST_DATABASE_URL', 'ADMIN_DATABASE_URL', 'JWT_SECRET'],
  api: ['REST_DATABASE_URL', 'JWT_SECRET'],
  admin: ['ADMIN_DATABASE_URL', 'JWT_SECRET'],
  worker: ['DATABASE_URL'],
}

/** Beside the schema, which stops at the first kind of problem: one message must hold them all. */
function missingInProduction(env: Record<string, string | undefined>): string[] {
  if (env.NODE_ENV !== 'production') return []
  const role = environment.shape.ROLE.safeParse(env.ROLE).data ?? 'all'
  const missing = requiredInProduction[role].filter((name) => env[name] === undefined)
  return [
    ...missing.map((name) => `${name}: is required in production for ROLE=${role}`),
    ...(env.JWT_SECRET === developmentJwtSecret ? ['JWT_SECRET: is the development value; make one of your own'] : []),
  ]
}

/** Reads the environment. Throws one Error that lists every problem, a line each. An empty variable counts as absent. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = environment.safeParse(given)
  const problems = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...missingInProduction(given),
  ]
  if (!result.success || problems.length > 0)
    throw new Error(
      `The environment is not usable:\n${problems.map((p) => `  ${p}`).join('\n')}\nThe README lists every variable.`,
    )
  const { data } = result
  return { ...data, JWT_SECRET: data.JWT_SECRET ?? developmentJwtSecret, isProduction: data.NODE_ENV === 'production' }
}

/** The configuration of this process; prints every problem and exits with 1 when there is one. */
export function configOrExit(overrides: Record<string, string> = {}): Config {
  try {
    return readConfig({ ...process.env, ...overrides })
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}
