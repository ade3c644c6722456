import { describe, expect, it } from 'vitest'
import { type Fit, type FitContainer, problemsWith } from './definitions.ts'

describe('a database URL with its password', () => {
  const url = 'postgres://weelo:my-password@db.example/weelo'
  it.each<[string, (c: FitContainer, whole: Fit) => void]>([
    [
      'containerDefinitions.0.command.3',
      (c) => Object.assign(c, { command: ['node', 'src/cli/migrate.ts', '--', url] }),
    ],
    ['containerDefinitions.0.dockerLabels.note', (c) => Object.assign(c, { dockerLabels: { note: `see ${url}` } })],
    ['containerDefinitions.0.secrets.0.valueFrom', (c) => Object.assign(c.secrets[0] ?? {}, { valueFrom: url })],
    [
      'containerDefinitions.0.environment.2.value',
      (c) =>
        c.environment.push({
          name: 'DATABASE_ULR',
          value: 'postgresql://db.example/weelo?user=weelo&password=my-password',
        }),
    ],
    ['tags.0.value', (_, whole) => Object.assign(whole, { tags: [{ key: 'database', value: url }] })],
    ['tags (a key)', (_, whole) => Object.assign(whole, { tags: { [url]: '' } })],
  ])('is found wherever it stands, and not repeated: %s', (path, change) => {
    const problems = problemsWith(change)
    expect(problems).toContainEqual(
      expect.stringMatching(new RegExp(`^${path.replaceAll(/[().]/g, '\\$&')}: is a database URL with its password`)),
    )
    expect(problems.join()).not.toContain('my-password')
  })

  it('is not seen where there is none', () => {
    expect(
      problemsWith((c) =>
        Object.assign(c, { dockerLabels: { note: 'postgres://weelo@db.example/weelo, mail ops@example.com' } }),
      ),
    ).toEqual([])
  })
})

describe('a key named like a secret', () => {
  it.each<[string, string, (c: FitContainer, whole: Fit) => void]>([
    [
      'containerDefinitions.0.dockerLabels',
      'JWT_SECRET',
      (c) => Object.assign(c, { dockerLabels: { JWT_SECRET: 'hunter2' } }),
    ],
    [
      'containerDefinitions.0.dockerLabels',
      'REST_DATABASE_URL',
      (c) => Object.assign(c, { dockerLabels: { 'weelo.rest-database-url': 'hunter2' } }),
    ],
    [
      'containerDefinitions.0.logConfiguration.options',
      'JWT_SECRET_PREVIOUS',
      (c) => Object.assign(c.logConfiguration.options, { jwt_secret_previous: 'hunter2' }),
    ],
    [
      'tags.0',
      'DATABASE_URL',
      (_, whole) => Object.assign(whole, { tags: [{ key: 'DATABASE_URL', value: 'hunter2' }] }),
    ],
  ])('is refused in %s: %s', (path, name, change) => {
    const problems = problemsWith(change)
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${path}: has a key like ${name}, `))])
    expect(problems.join()).not.toContain('hunter2')
  })

  it('is none where it only resembles one', () => {
    expect(problemsWith((c) => Object.assign(c, { dockerLabels: { SECRETS: 'none', DATABASE: 'weelo' } }))).toEqual([])
  })
})
