// deploy/compose.yaml, judged by the config. Not tried: a Docker engine.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { roleOfMigrate } from '../../deploy/needs.ts'
import { problemsOf } from '../../src/config.ts'
import { variables } from '../../src/variables.ts'
import { project } from '../support/program.ts'

type Service = {
  image: string
  build?: { context: string; dockerfile: string; args: Record<string, string> }
  command?: string[]
  environment: Record<string, string | number>
  ports?: string[]
  depends_on?: Record<string, { condition: string }>
  [more: string]: unknown
}

const read = (file: string) => readFileSync(join(project, 'deploy', file), 'utf8')
const text = read('compose.yaml')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
const { postgres, migrate, passwords, service } = services as Record<
  'postgres' | 'migrate' | 'passwords' | 'service',
  Service
>

const asked = [...read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value]) => ({ name, value }))
const filled: Record<string, string> = {
  ...Object.fromEntries(asked.map(({ name }) => [name, `0123456789abcdef-of-${name}-0123456789`])),
  DATABASE_READ_URL: 'postgres://weelo_graphql:secret@replica:5432/weelo',
  PG_NAMED_STATEMENTS: 'off',
}
/** What may stay empty. */
const optional = ['JWT_SECRET_PREVIOUS', 'DATABASE_READ_URL', 'PG_NAMED_STATEMENTS']

/** As Compose fills it in. */
const environmentOf = ({ environment }: Service, values = filled) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$\{([A-Z_]+)[^}]*\}/g, (_, key) => values[key] ?? ''),
    ]),
  )

describe('.env.example', () => {
  it('asks for all that compose.yaml takes from it, and for nothing else', () => {
    const taken = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name))
    const ofTheBuild = variables.filter(({ setBy }) => setBy === 'image').map(({ name }) => name as string)
    expect(asked.map(({ name }) => name).sort()).toEqual(
      [...taken].filter((name) => !ofTheBuild.includes(name ?? '')).sort(),
    )
  })

  it('holds no value that somebody could leave in place', () => {
    expect(asked.filter(({ value }) => value !== '')).toEqual([])
  })

  it('is all that must be filled in: Compose refuses to start without it', () => {
    for (const { name } of asked.filter((each) => !optional.includes(each.name))) expect(text).toContain(`\${${name}:?`)
  })

  it('is not what git keeps', () => {
    expect(read('.gitignore').split('\n')).toContain('.env')
  })
})

describe('the service', () => {
  it('gets what production needs, and nothing that it does not read', () => {
    const env = environmentOf(service)
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual([])
    const settable = variables.filter(({ setBy }) => setBy === undefined).map(({ name }) => name)
    expect(settable).toEqual(expect.arrayContaining(Object.keys(env)))
    expect(env).toMatchObject({ ROLE: 'all' })
  })

  it('starts with what may stay empty empty, and gets it when it is filled in', () => {
    expect(environmentOf(service)).toMatchObject(Object.fromEntries(optional.map((name) => [name, filled[name]])))
    const empty = Object.fromEntries(optional.map((name) => [name, '']))
    const env = environmentOf(service, { ...filled, ...empty })
    expect(env).toMatchObject(empty)
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual([])
  })

  it('starts after the passwords, these after the migration, and that after the database', () => {
    const done = 'service_completed_successfully'
    expect([service.depends_on, passwords.depends_on, migrate.depends_on]).toEqual([
      { passwords: { condition: done } },
      { migrate: { condition: done } },
      { postgres: { condition: 'service_healthy' } },
    ])
  })

  it('is reached on this host alone, and has longer to stop than it takes', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(service).toMatchObject({ stop_grace_period: '15s', restart: 'unless-stopped' })
    for (const other of [postgres, migrate, passwords]) expect(other).not.toHaveProperty('ports')
  })
})

it.each(Object.entries(services))('%s keeps a log that ends somewhere', (_, { logging }) => {
  expect(logging).toEqual({ driver: 'json-file', options: { 'max-size': '20m', 'max-file': '5' } })
})

it('the image is built with its commit and its time, or not at all', () => {
  expect(service.build?.args).toEqual({
    COMMIT_SHA: `$\{COMMIT_SHA}`,
    BUILD_TIME: expect.stringMatching(/^\$\{BUILD_TIME:\?/),
  })
})

it('the migration gets the owner’s login and no other secret', () => {
  const env = environmentOf(migrate)
  expect(Object.keys(env)).toEqual(['DATABASE_URL'])
  expect(problemsOf({ ...env, NODE_ENV: 'production', ROLE: roleOfMigrate })).toEqual([])
  expect(env.DATABASE_URL).toBe(environmentOf(service).DATABASE_URL)
})

it.each(['migrate', 'service'] as const)(
  '%s runs the image of this release, which writes nothing and gains no rights',
  (name) => {
    expect(services[name]).toMatchObject({
      build: { context: '..', dockerfile: 'deploy/Dockerfile' },
      init: true,
      read_only: true,
      security_opt: ['no-new-privileges:true'],
      cap_drop: ['ALL'],
    })
    expect(services[name]?.image).toMatch(/^weelo-order-service:\$\{COMMIT_SHA:\?/)
  },
)

it('the logins’ passwords are those in the service’s URLs', () => {
  const given = environmentOf(passwords)
  const passwordIn = (name: string) => new URL(environmentOf(service)[name] ?? '').password
  expect(passwordIn('REST_DATABASE_URL')).toBe(given.REST_PASSWORD)
  expect(passwordIn('ADMIN_DATABASE_URL')).toBe(given.GRAPHQL_PASSWORD)
  expect(passwordIn('DATABASE_URL')).toBe(given.PGPASSWORD)
})

it('the database keeps its rows on a volume at the folder that PostgreSQL 18 wants', () => {
  expect(postgres).toMatchObject({ image: 'postgres:18', volumes: ['data:/var/lib/postgresql'] })
})
