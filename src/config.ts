import { z } from 'zod'

/** Accepted outside production only; printed at start, so that nobody mistakes it for a secret. */
export const developmentJwtSecret = 'development-only-secret-do-not-deploy'

const port = z.coerce.number().int().min(0).max(65535)
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
  npm_lifecycle_event: z.string().optional(),
})

export type Config = z.infer<typeof environment> & { JWT_SECRET: string; isProduction: boolean }

/** Which variables production cannot do without, by role. Elsewhere each of them has a safe default. */
const requiredInProduction: Record<z.infer<typeof environment>['ROLE'], (keyof z.infer<typeof environment>)[]> = {
  all: ['DATABASE_URL', 'REST_DATABASE_URL', 'ADMIN_DATABASE_URL', 'JWT_SECRET'],
  api: ['REST_DATABASE_URL', 'JWT_SECRET'],
  admin: ['ADMIN_DATABASE_URL', 'JWT_SECRET'],
  worker: ['DATABASE_URL'],
}

const rules = environment.superRefine((env, context) => {
  if (env.NODE_ENV !== 'production') return
  for (const name of requiredInProduction[env.ROLE]) {
    if (env[name] === undefined)
      context.addIssue({ code: 'custom', path: [name], message: `is required in production for ROLE=${env.ROLE}` })
  }
  if (env.JWT_SECRET === developmentJwtSecret)
    context.addIssue({
      code: 'custom',
      path: ['JWT_SECRET'],
      message: 'is the development value; make one of your own',
    })
})

/** Reads the environment. Throws one Error that lists every problem, a line each. An empty variable counts as absent. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = rules.safeParse(given)
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not usable:\n${lines.join('\n')}\nThe README lists every variable.`)
  }
  const { data } = result
  return { ...data, JWT_SECRET: data.JWT_SECRET ?? developmentJwtSecret, isProduction: data.NODE_ENV === 'production' }
}
