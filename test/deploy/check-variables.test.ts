import { describe, expect, it } from 'vitest'
import { problemsOfDefinition } from '../../deploy/check-definition.ts'
import { standIn } from '../../deploy/check-variables.ts'
import { secretNames } from '../../deploy/needs.ts'
import { parts } from '../../deploy/render-definition.ts'
import { developmentJwtSecret, problemsOf } from '../../src/config.ts'
import { variables } from '../../src/variables.ts'
import { arn, definition, problemsWith } from './definitions.ts'

const withValue = (name: string, value: string) => problemsWith((c) => c.environment.push({ name, value }))
const withReference = (name: string, valueFrom: string) => problemsWith((c) => c.secrets.push({ name, valueFrom }))

it.each(parts)('a rendered %s is fit', (part) => {
  expect(problemsOfDefinition(definition(part), 'X86_64')).toEqual([])
})

it('stands in for any secret with a value that the config takes', () => {
  for (const name of secretNames) expect(problemsOf({ [name]: standIn })).toEqual([])
})

describe('a required variable', () => {
  it.each(parts)('that %s lacks is named, each of them, with what to do', (part) => {
    const role = part === 'migrate' ? 'worker' : part
    const needed = variables.filter(({ requiredBy }) => requiredBy?.includes(role)).map(({ name }) => name)
    const without = definition(part, (c) => {
      c.secrets = []
    })
    expect(needed.length).toBeGreaterThan(0)
    expect(problemsOfDefinition(without, 'X86_64')).toEqual(
      needed.map((name) => `${name}: is required in production for ROLE=${role}: refer to it in secrets`),
    )
  })

  it('that is empty is as good as missing', () => {
    const problems = problemsWith((c) => {
      c.secrets = [{ name: 'REST_DATABASE_URL', valueFrom: '' }]
      c.environment.push({ name: 'JWT_SECRET', value: '' })
    })
    expect(problems).toEqual([
      'REST_DATABASE_URL: is required in production for ROLE=api: refer to it in secrets',
      'JWT_SECRET: is required in production for ROLE=api: refer to it in secrets',
      'JWT_SECRET: is empty: give it a value, or leave it out',
      'REST_DATABASE_URL: has an empty valueFrom: give the ARN of the secret',
    ])
  })

  it('is judged as of ROLE=all where no ROLE is said, or a wrong one', () => {
    const names = (role: string) =>
      problemsWith((c) => {
        c.environment = [{ name: 'ROLE', value: role }]
      }).map((problem) => problem.split(':')[0])
    expect(names('')).toEqual(['DATABASE_URL', 'ADMIN_DATABASE_URL', 'ROLE'])
    expect(names('boss')).toEqual(['ROLE', 'DATABASE_URL', 'ADMIN_DATABASE_URL'])
  })
})

describe('a name', () => {
  it.each([
    ['JWT_SECERT', 'JWT_SECRET'],
    ['REST_DATABSE_URL', 'REST_DATABASE_URL'],
    ['log_level', 'LOG_LEVEL'],
    ['DRAIN_SECOND', 'DRAIN_SECONDS'],
    ['TRUST_PROXIES', 'TRUSTED_PROXIES'],
    ['JWT_SECRET_PREVIUOS', 'JWT_SECRET_PREVIOUS'],
  ])('that is misspelt, as %s, is refused with the nearest, %s', (wrong, right) => {
    const problem = `${wrong}: is nothing that the service reads: write ${right}, or leave it out`
    expect(withValue(wrong, 'x')).toEqual([problem])
    expect(withReference(wrong, arn(wrong))).toEqual([problem])
  })

  it.each(['REDIS_URL', 'NODE_OPTIONS', 'TZ'])('that is near to none, as %s, is refused', (name) => {
    expect(withValue(name, 'x')).toEqual([`${name}: is nothing that the service reads: leave it out`])
  })

  it.each([
    ['COMMIT_SHA', 'fd3c2abc96c2f7037080754904c865fa210caf65'],
    ['BUILD_TIME', '2026-01-02T03:04:05Z'],
    ['NODE_ENV', 'production'],
    ['NODE_ENV', 'development'],
    ['HOST', '127.0.0.1'],
    ['PORT', '8080'],
    ['ADMIN_PORT', '8081'],
  ])('that the image says is refused: %s=%s', (name, value) => {
    expect(withValue(name, value)).toEqual([
      `${name}: is said by the image; said again here, an old image could pass for a new one, or the health check ask where nobody listens: leave it out`,
    ])
  })

  it.each([
    ['DATA_DIR', '/data'],
    ['PARENT_PID', '1'],
  ])('that is for development, %s, is refused', (name, value) => {
    expect(withValue(name, value)).toEqual([`${name}: is for development: leave it out`])
  })

  it('that is there twice is refused, in environment, in secrets and across them', () => {
    expect(withValue('ROLE', 'api')).toEqual(['ROLE: is twice in environment: keep one'])
    expect(withReference('JWT_SECRET', arn('JWT_SECRET'))).toEqual(['JWT_SECRET: is twice in secrets: keep one'])
    expect(withReference('TRUSTED_PROXIES', arn('TRUSTED_PROXIES'))).toContain(
      'TRUSTED_PROXIES: is in environment and in secrets: keep one, a secret in secrets',
    )
  })
})

describe('a value', () => {
  it.each([
    ['LOG_LEVEL', 'loud', expect.stringMatching(/^LOG_LEVEL: Invalid option/)],
    ['TRUSTED_PROXIES', '-1', 'TRUSTED_PROXIES: must be a whole number'],
    ['DRAIN_SECONDS', '30', 'DRAIN_SECONDS: must be at most 5'],
    ['LOG_FORMAT', 'xml', 'LOG_FORMAT: Invalid option: expected one of "json"|"pretty"'],
    ['PG_NAMED_STATEMENTS', 'no', 'PG_NAMED_STATEMENTS: Invalid option: expected one of "on"|"off"'],
  ])('that the config refuses is refused: %s=%s', (name, value, problem) => {
    expect(
      problemsWith((c) => {
        c.environment = [...c.environment.filter((each) => each.name !== name), { name, value }]
      }),
    ).toEqual([problem])
  })

  it('that is empty is refused', () => {
    expect(withValue('LOG_LEVEL', '')).toEqual(['LOG_LEVEL: is empty: give it a value, or leave it out'])
  })

  it('of an environment file is nothing that can be judged', () => {
    expect(
      problemsWith((c) => {
        c.environmentFiles = [{ type: 's3', value: 'arn:aws:s3:::bucket/file.env' }]
      }),
    ).toEqual(['environmentFiles: bring variables that nobody can judge here: move them to environment and secrets'])
  })
})

describe('a secret', () => {
  const plain = 'is a secret in plain text, which whoever may read the definition has now read'

  it.each([...secretNames])('is refused in plain text: %s', (name) => {
    const problems = withValue(name, 'postgres://somebody@db.example/weelo')
    expect(problems).toContain(`${name}: ${plain}: refer to it in secrets, and change the secret`)
  })

  it('of development is named as what it is', () => {
    const problems = problemsWith((c) => {
      c.secrets = c.secrets.filter(({ name }) => name !== 'JWT_SECRET')
      c.environment.push({ name: 'JWT_SECRET', value: developmentJwtSecret })
    })
    expect(problems).toHaveLength(2)
    expect(problems[0]).toBe('JWT_SECRET: is the development value; make one of your own')
  })

  it('is refused as its own reference', () => {
    const problems = problemsWith((c) => {
      c.secrets = c.secrets.map(({ name }) => ({ name, valueFrom: `${name}-hunter2-hunter2-hunter2-hunter2` }))
    })
    expect(problems).toEqual(
      ['REST_DATABASE_URL', 'JWT_SECRET'].map(
        (name) => `${name}: its valueFrom is no ARN of SSM or Secrets Manager: give the ARN, never the secret itself`,
      ),
    )
  })

  it.each(['DATABASE_URL', 'ADMIN_DATABASE_URL'])('that the role has no use for is refused: %s of an api', (name) => {
    expect(withReference(name, arn(name))).toEqual([
      `${name}: ROLE=api has no use for it, and no process holds a secret that it has no use for: leave it out`,
    ])
  })

  it('of a replica is welcome where admins ask, and only there', () => {
    const replica = { name: 'DATABASE_READ_URL', valueFrom: arn('DATABASE_READ_URL') }
    const admin = definition('admin', (c) => c.secrets.push(replica))
    expect(problemsOfDefinition(admin, 'X86_64')).toEqual([])
    for (const part of ['api', 'worker'] as const) {
      const other = definition(part, (c) => c.secrets.push(replica))
      expect(problemsOfDefinition(other, 'X86_64')).toEqual([
        `DATABASE_READ_URL: ROLE=${part} has no use for it, and no process holds a secret that it has no use for: leave it out`,
      ])
    }
  })

  it('that the migration has no use for is refused', () => {
    const file = definition('migrate', (c) => c.secrets.push({ name: 'JWT_SECRET', valueFrom: arn('JWT_SECRET') }))
    expect(problemsOfDefinition(file, 'X86_64')).toEqual([
      expect.stringMatching(/^JWT_SECRET: ROLE=worker has no use for it/),
    ])
  })

  it('of before is welcome where its successor is, and only there', () => {
    const previous = { name: 'JWT_SECRET_PREVIOUS', valueFrom: arn('JWT_SECRET_PREVIOUS') }
    expect(problemsWith((c) => c.secrets.push(previous))).toEqual([])
    const worker = definition('worker', (c) => c.secrets.push(previous))
    expect(problemsOfDefinition(worker, 'X86_64')).toEqual([
      expect.stringMatching(/^JWT_SECRET_PREVIOUS: ROLE=worker has no use/),
    ])
  })

  it('under the name of another is refused, by its ARN', () => {
    const renamed = (valueFrom: string) =>
      problemsWith((c) => {
        c.secrets = c.secrets.map((each) => (each.name === 'REST_DATABASE_URL' ? { ...each, valueFrom } : each))
      })
    expect(renamed(arn('DATABASE_URL'))).toEqual([
      'REST_DATABASE_URL: its valueFrom is that of DATABASE_URL: give each the ARN of its own secret',
    ])
    const previous = problemsWith((c) => {
      c.secrets = c.secrets.map((each) => ({
        ...each,
        valueFrom: each.valueFrom.replace('JWT_SECRET', 'JWT_SECRET_PREVIOUS'),
      }))
    })
    expect(previous).toEqual([
      'JWT_SECRET: its valueFrom is that of JWT_SECRET_PREVIOUS: give each the ARN of its own secret',
    ])
    const same = arn('weelo-database')
    expect(renamed(same)).toEqual([])
    expect(
      problemsWith((c) => {
        c.secrets = c.secrets.map(({ name }) => ({ name, valueFrom: same }))
      }),
    ).toEqual(['JWT_SECRET: has the valueFrom of REST_DATABASE_URL: give each the ARN of its own secret'])
  })

  it('is what secrets are for, and a plain setting there is refused', () => {
    expect(withReference('LOG_LEVEL', arn('LOG_LEVEL'))).toContain(
      'LOG_LEVEL: is no secret, and by reference nobody can judge it: move it to environment',
    )
  })

  it('is never repeated by the refusal', () => {
    const secrets = ['postgres://weelo:my-password@db.example/weelo', 'a-signing-secret-that-nobody-should-ever-read']
    const problems = problemsWith((c) => {
      for (const name of [...secretNames, 'JWT_SECERT', 'NODE_ENV', 'PORT', 'ROLE'])
        for (const value of secrets) {
          c.environment.push({ name, value })
          c.secrets.push({ name, valueFrom: value })
        }
    })
    expect(problems.length).toBeGreaterThan(20)
    expect(problems.join('\n')).not.toMatch(/my-password|a-signing-secret/)
  })
})
