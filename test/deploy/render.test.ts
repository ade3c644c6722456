import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemsOfDefinition } from '../../deploy/check-definition.ts'
import { fileOf, parts, placeholder, renderDefinition, textOf } from '../../deploy/render-definition.ts'
import { readConfig } from '../../src/config.ts'
import { variables } from '../../src/variables.ts'
import { project, temporaryFolder } from '../support/program.ts'
import { definition, place } from './definitions.ts'
import { run } from './run.ts'

const read = (folder: string, part: (typeof parts)[number]) => readFileSync(join(folder, fileOf(part)), 'utf8')
const secretsOf = (part: (typeof parts)[number], options = place as Parameters<typeof renderDefinition>[1]) =>
  renderDefinition(part, options).containerDefinitions[0]?.secrets

it.each(parts)('the committed definition of %s is the render with placeholders', (part) => {
  const rendered = textOf(renderDefinition(part, { ...placeholder, architecture: 'X86_64', isRotating: false }))
  const isSame = read(join(project, 'deploy'), part) === rendered
  expect(isSame, `${fileOf(part)} is old: run npm run deploy:render, and read what it changes`).toBe(true)
  expect(JSON.parse(rendered)).toEqual(
    renderDefinition(part, { ...placeholder, architecture: 'X86_64', isRotating: false }),
  )
})

describe('a rendered definition', () => {
  it.each(parts)('of %s holds the secrets that its role needs, and no other', (part) => {
    const role = part === 'migrate' ? 'worker' : part
    const needed = variables.filter(({ requiredBy }) => requiredBy?.includes(role)).map(({ name }) => name)
    expect(secretsOf(part)).toEqual(needed.map((name) => ({ name, valueFrom: `${place.secrets}${name}` })))
  })

  it('of what phones reach never holds the owner’s login', () => {
    expect(JSON.stringify(definition('api')).replaceAll('REST_DATABASE_URL', '')).not.toContain('DATABASE_URL')
  })

  it.each([
    ['api', true],
    ['admin', true],
    ['worker', false],
    ['migrate', false],
  ] as const)('of %s, while secrets change, has the previous one: %s', (part, expected) => {
    const names = secretsOf(part, { ...place, isRotating: true })?.map(({ name }) => name)
    expect(names?.includes('JWT_SECRET_PREVIOUS')).toBe(expected)
    expect(problemsOfDefinition(renderDefinition(part, { ...place, isRotating: true }), 'X86_64')).toEqual([])
  })

  it.each([
    ['api', [], ['PG_NAMED_STATEMENTS']],
    ['admin', ['DATABASE_READ_URL'], ['PG_NAMED_STATEMENTS']],
    ['worker', [], []],
    ['migrate', [], []],
  ] as const)('of %s has what a replica and an old PgBouncer ask of it: %j, %j', (part, secrets, environment) => {
    const asked = { ...place, hasReplica: true, isBehindOldPgbouncer: true }
    const more = (key: 'secrets' | 'environment') => {
      const named = (options: Parameters<typeof renderDefinition>[1]) =>
        ((renderDefinition(part, options).containerDefinitions[0] as Record<string, unknown>)[key] ?? []) as {
          name: string
        }[]
      const before = named(place).map(({ name }) => name)
      return named(asked).filter(({ name }) => !before.includes(name))
    }
    expect(more('secrets')).toEqual(secrets.map((name) => ({ name, valueFrom: `${place.secrets}${name}` })))
    expect(more('environment')).toEqual(environment.map((name) => ({ name, value: 'off' })))
    expect(problemsOfDefinition(renderDefinition(part, asked), 'X86_64')).toEqual([])
  })

  it('refers to the keys of one secret, when that is where the secrets are', () => {
    const secrets = 'arn:aws:secretsmanager:ap-south-1:123456789012:secret:weelo-a1b2c3:'
    expect(secretsOf('worker', { ...place, secrets })).toEqual([
      { name: 'DATABASE_URL', valueFrom: `${secrets}DATABASE_URL::` },
    ])
    for (const part of parts)
      expect(problemsOfDefinition(renderDefinition(part, { ...place, secrets }), 'X86_64')).toEqual([])
  })

  it.each(['api', 'admin', 'worker'] as const)('of %s says nothing that the image says', (part) => {
    const names = definition(part).containerDefinitions[0]?.environment.map(({ name }) => name)
    expect(names).toContain('ROLE')
    for (const name of ['NODE_ENV', 'HOST', 'PORT', 'ADMIN_PORT', 'COMMIT_SHA']) expect(names).not.toContain(name)
  })

  it('opens the ports that its role listens on', () => {
    const { PORT, ADMIN_PORT } = readConfig({})
    const portsOf = (part: 'api' | 'admin' | 'worker' | 'migrate') => {
      const { portMappings = [] } = definition(part).containerDefinitions[0] as {
        portMappings?: { containerPort: number }[]
      }
      return portMappings.map(({ containerPort }) => containerPort)
    }
    expect([portsOf('api'), portsOf('admin'), portsOf('worker'), portsOf('migrate')]).toEqual([
      [PORT, ADMIN_PORT],
      [ADMIN_PORT],
      [ADMIN_PORT],
      [],
    ])
  })

  it('writes nothing to its disk, runs as nobody special, and is asked to stop for longer than a stop takes', () => {
    for (const part of parts)
      expect(definition(part).containerDefinitions[0]).toMatchObject({
        readonlyRootFilesystem: true,
        user: 'node',
        stopTimeout: 15,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
      })
  })
})

describe.concurrent('npm run deploy:render', () => {
  it('writes the four files for a place, fit to register', async () => {
    const folder = temporaryFolder()
    const out = join(folder, 'new')
    const { image, secrets } = place
    const asked = ['--rotate', '--replica', '--pgbouncer', '--out', out]
    const args = ['--image', image, '--secrets', secrets, '--architecture', 'aarch64', ...asked]
    const { code } = await run('render.ts', ...args)
    expect(code).toBe(0)
    expect(readdirSync(out).sort()).toEqual(parts.map(fileOf).sort())
    for (const part of parts) {
      const options = { isRotating: true, hasReplica: true, isBehindOldPgbouncer: true }
      const expected = renderDefinition(part, { ...place, architecture: 'ARM64', ...options })
      expect(JSON.parse(read(out, part))).toEqual(expected)
      expect(problemsOfDefinition(JSON.parse(read(out, part)), 'ARM64')).toEqual([])
    }
  })

  it.each([
    [['--secrets', place.secrets], '--image is missing'],
    [['--rotate'], '--image is missing'],
    [['--replica'], '--image is missing'],
    [['--pgbouncer'], '--image is missing'],
    [['--architecture', 'arm64'], '--image is missing'],
    [['--image', place.image, '--secrets', place.secrets], '--architecture is missing: for which processor'],
    [
      ['--image', place.image, '--architecture', 'arm64', '--secrets', 'weelo/'],
      '--secrets is no ARN of the two forms',
    ],
    [
      ['--image', place.image, '--architecture', 'arm64', '--secrets', place.secrets.slice(0, -1)],
      '--secrets is no ARN of the two forms',
    ],
    [['--image', place.image, '--architecture', 'mips'], 'There is no architecture "mips"'],
    [['--tag', 'x'], "Unknown option '--tag'"],
  ])('exits with 2 and says how it is called, for %j', async (args, why) => {
    const { code, err } = await run('render.ts', ...args)
    expect(code).toBe(2)
    expect(err).toContain(why)
    expect(err).toContain('npm run deploy:render -- --image')
  })
})
