import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { developmentJwtSecret, readConfig } from '../src/config.ts'
import { variables } from '../src/variables.ts'
import { failedStart, project, temporaryFolder } from './support/program.ts'
import { testSecret } from './support/secret.ts'

const url = 'postgres://weelo:secret@db.example/weelo'
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: url,
  REST_DATABASE_URL: url,
  ADMIN_DATABASE_URL: url,
  JWT_SECRET: testSecret,
}

/** The lines of the refusal that name a variable. */
function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env)
  } catch (error) {
    return (error as Error).message.split('\n').slice(1, -1)
  }
  return []
}
const namesOf = (env: Record<string, string>) => problemsOf(env).map((line) => line.trim().split(':')[0])

describe('readConfig', () => {
  it('has a default for everything outside production', () => {
    expect(readConfig({})).toEqual({
      NODE_ENV: 'development',
      ROLE: 'all',
      HOST: '127.0.0.1',
      PORT: 3000,
      ADMIN_PORT: 3001,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      TRUSTED_PROXIES: 0,
      PG_NAMED_STATEMENTS: 'on',
      DRAIN_SECONDS: 0,
      JWT_SECRET: developmentJwtSecret,
      jwtSecrets: [developmentJwtSecret],
      isProduction: false,
    })
  })

  it('takes what is given, and ignores what is not its own', () => {
    const { PORT, ROLE, JWT_SECRET, isProduction, ...rest } = readConfig({
      ...production,
      PORT: '0',
      ROLE: 'api',
      EDITOR: 'vi',
    })
    expect([PORT, ROLE, JWT_SECRET, isProduction]).toEqual([0, 'api', testSecret, true])
    expect(rest).not.toHaveProperty('EDITOR')
  })

  it('lists every problem in one message', () => {
    const env = { PORT: 'http', ADMIN_PORT: '65536', ROLE: 'boss', DATABASE_URL: 'mysql://x/y', JWT_SECRET: 'short' }
    expect(namesOf(env).sort()).toEqual(Object.keys(env).sort())
  })

  it('lists what production lacks together with what is not valid', () => {
    expect(namesOf({ NODE_ENV: 'production', PORT: '-1' })).toEqual(
      expect.arrayContaining(['PORT', 'DATABASE_URL', 'REST_DATABASE_URL', 'ADMIN_DATABASE_URL', 'JWT_SECRET']),
    )
  })

  it.each([
    ['all', ['DATABASE_URL', 'REST_DATABASE_URL', 'ADMIN_DATABASE_URL', 'JWT_SECRET']],
    ['api', ['REST_DATABASE_URL', 'JWT_SECRET']],
    ['admin', ['ADMIN_DATABASE_URL', 'JWT_SECRET']],
    ['worker', ['DATABASE_URL']],
  ])('in production ROLE=%s needs just these', (role, needed) => {
    expect(namesOf({ NODE_ENV: 'production', ROLE: role })).toEqual(needed)
    const given = Object.fromEntries(Object.entries(production).filter(([name]) => needed.includes(name)))
    expect(readConfig({ ...given, NODE_ENV: 'production', ROLE: role }).isProduction).toBe(true)
    for (const name of needed) {
      const { [name]: _, ...others } = given
      expect(problemsOf({ ...others, NODE_ENV: 'production', ROLE: role })).toEqual([
        `  ${name}: is required in production for ROLE=${role}`,
      ])
    }
  })

  it('refuses a secret below 32 characters, and the development secret in production', () => {
    expect(namesOf({ JWT_SECRET: 'x'.repeat(31) })).toEqual(['JWT_SECRET'])
    expect(problemsOf({ JWT_SECRET: 'x'.repeat(32) })).toEqual([])
    expect(problemsOf({ JWT_SECRET: developmentJwtSecret })).toEqual([])
    expect(problemsOf({ ...production, JWT_SECRET: developmentJwtSecret })).toEqual([
      '  JWT_SECRET: is the development value; make one of your own',
    ])
  })

  it('accepts the previous secret beside the new one, which comes first', () => {
    const previous = 'y'.repeat(32)
    expect(readConfig({ ...production, JWT_SECRET_PREVIOUS: previous }).jwtSecrets).toEqual([testSecret, previous])
    expect(namesOf({ ...production, JWT_SECRET_PREVIOUS: 'short' })).toEqual(['JWT_SECRET_PREVIOUS'])
    expect(problemsOf({ ...production, JWT_SECRET_PREVIOUS: developmentJwtSecret })).toEqual([
      '  JWT_SECRET_PREVIOUS: is the development value; make one of your own',
    ])
  })

  it('waits five seconds for the balancer in production, not at all elsewhere, and never longer than a stop may take', () => {
    expect(readConfig(production).DRAIN_SECONDS).toBe(5)
    expect(readConfig({}).DRAIN_SECONDS).toBe(0)
    expect(readConfig({ ...production, DRAIN_SECONDS: '0' }).DRAIN_SECONDS).toBe(0)
    expect(namesOf({ DRAIN_SECONDS: '6' })).toEqual(['DRAIN_SECONDS'])
    expect(namesOf({ TRUSTED_PROXIES: '-1' })).toEqual(['TRUSTED_PROXIES'])
  })

  it('takes a replica as a URL of PostgreSQL, which no role is refused, and named statements as on or off', () => {
    for (const ROLE of ['all', 'api', 'admin', 'worker'])
      expect(readConfig({ ...production, ROLE, DATABASE_READ_URL: url }).DATABASE_READ_URL).toBe(url)
    expect(namesOf({ DATABASE_READ_URL: 'db.example:5432' })).toEqual(['DATABASE_READ_URL'])
    expect(readConfig({ ...production, PG_NAMED_STATEMENTS: 'off' }).PG_NAMED_STATEMENTS).toBe('off')
    expect(namesOf({ PG_NAMED_STATEMENTS: 'false' })).toEqual(['PG_NAMED_STATEMENTS'])
  })

  it('describes every variable, and the README lists it', () => {
    const readme = readFileSync(join(project, 'README.md'), 'utf8')
    expect(variables.filter(({ description }) => !description)).toEqual([])
    expect(variables.filter(({ name }) => !readme.includes(`\`${name}\``)).map(({ name }) => name)).toEqual([])
  })

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ PORT: '', ROLE: '', JWT_SECRET: '', DATABASE_URL: '', DATA_DIR: '' })).toEqual(readConfig({}))
    expect(namesOf({ ...production, JWT_SECRET: '' })).toEqual(['JWT_SECRET'])
  })

  it.each(['-1', '65536', '80.5', 'http', '3000x', ' '])('refuses the port "%s"', (port) => {
    expect(namesOf({ PORT: port })).toEqual(['PORT'])
    expect(namesOf({ ADMIN_PORT: port })).toEqual(['ADMIN_PORT'])
  })

  it('refuses one port for both listeners, also when one is the default; 0 is any free one', () => {
    expect(namesOf({ PORT: '3001' })).toEqual(['ADMIN_PORT'])
    expect(namesOf({ ADMIN_PORT: '3000' })).toEqual(['ADMIN_PORT'])
    expect(namesOf({ PORT: '0', ADMIN_PORT: '0' })).toEqual([])
  })

  it('never repeats a secret in its message', () => {
    const env = { ...production, PORT: 'x', JWT_SECRET: 'my-short-secret', DATABASE_URL: 'mysql://u:my-password@h/d' }
    expect(problemsOf(env).join('\n')).not.toMatch(/my-short-secret|my-password/)
  })
})

describe('the program', () => {
  it('with a bad environment says all that is wrong and exits with 1, before it has made a database', async () => {
    const DATA_DIR = join(temporaryFolder(), 'data')
    const { code, stderr } = await failedStart({ DATA_DIR, PORT: 'http', ROLE: 'boss', JWT_SECRET: 'short' })
    expect(code).toBe(1)
    expect(stderr).toContain('The environment is not usable')
    for (const name of ['PORT', 'ROLE', 'JWT_SECRET']) expect(stderr).toContain(`  ${name}: `)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(existsSync(DATA_DIR)).toBe(false)
  })

  it('in production never starts a database of its own', async () => {
    const { code, stderr } = await failedStart({ NODE_ENV: 'production', ROLE: 'worker' })
    expect(code).toBe(1)
    expect(stderr).toContain('DATABASE_URL: is required in production')
  })
})
