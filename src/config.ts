import { type Environment, environment, LONGEST_DRAIN_SECONDS, variables } from './variables.ts'

/** Accepted outside production only; printed at start, so that nobody mistakes it for a secret. */
export const developmentJwtSecret = 'development-only-secret-do-not-deploy'

type Given = Record<string, string | undefined>

export type Config = Environment & {
  JWT_SECRET: string
  /** Each is accepted; the first is the one to sign with. */
  jwtSecrets: string[]
  DRAIN_SECONDS: number
  isProduction: boolean
}

export type Problem = { variable: string; message: string }

/** What the given variables lack or get wrong, all at once: the schema alone would stop at the first kind of problem. */
export function problemsOf(env: Given): Problem[] {
  const given = withoutEmpty(env)
  const invalid = environment.safeParse(given).error?.issues ?? []
  return [
    ...invalid.map(({ path, message }) => ({ variable: path.join('.'), message })),
    ...samePort(given),
    ...(given.NODE_ENV === 'production' ? problemsInProduction(given) : []),
  ]
}

/** Of two listeners on one port the second would end the process. 0 is any free one. */
function samePort(given: Given): Problem[] {
  const port = environment.shape.PORT.safeParse(given.PORT).data
  const adminPort = environment.shape.ADMIN_PORT.safeParse(given.ADMIN_PORT).data
  if (port !== adminPort || port === undefined || port === 0) return []
  return [{ variable: 'ADMIN_PORT', message: `is ${port}, as PORT is: each listener needs its own` }]
}

function problemsInProduction(given: Given): Problem[] {
  const role = environment.shape.ROLE.safeParse(given.ROLE).data ?? 'all'
  const missing = variables.filter(({ name, requiredBy }) => requiredBy?.includes(role) && given[name] === undefined)
  const developed = (['JWT_SECRET', 'JWT_SECRET_PREVIOUS'] as const).filter(
    (name) => given[name] === developmentJwtSecret,
  )
  return [
    ...missing.map(({ name }) => ({ variable: name, message: `is required in production for ROLE=${role}` })),
    ...developed.map((name) => ({ variable: name, message: 'is the development value; make one of your own' })),
  ]
}

const withoutEmpty = (env: Given): Given => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))

/** Reads the environment. Throws one Error that lists every problem, a line each. An empty variable counts as absent. */
export function readConfig(env: Given): Config {
  const problems = problemsOf(env)
  if (problems.length > 0)
    throw new Error(
      `The environment is not usable:\n${problems.map((p) => `  ${p.variable}: ${p.message}`).join('\n')}\nThe README lists every variable.`,
    )
  const data = environment.parse(withoutEmpty(env))
  const isProduction = data.NODE_ENV === 'production'
  const { JWT_SECRET = developmentJwtSecret, JWT_SECRET_PREVIOUS: previous } = data
  return {
    ...data,
    JWT_SECRET,
    jwtSecrets: previous === undefined ? [JWT_SECRET] : [JWT_SECRET, previous],
    DRAIN_SECONDS: data.DRAIN_SECONDS ?? (isProduction ? LONGEST_DRAIN_SECONDS : 0),
    isProduction,
  }
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
