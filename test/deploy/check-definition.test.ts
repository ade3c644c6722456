import { describe, expect, it } from 'vitest'
import { problemsOfDefinition } from '../../deploy/check-definition.ts'
import { definition, type Fit, place, problemsWith } from './definitions.ts'

describe('the processor', () => {
  it('that is not said is refused', () => {
    const problem = 'runtimePlatform: says no cpuArchitecture: say "X86_64", for which the image was built'
    expect(problemsWith((_, whole) => delete whole.runtimePlatform)).toEqual([problem])
    expect(
      problemsWith((_, whole) => {
        whole.runtimePlatform = { operatingSystemFamily: 'LINUX' }
      }),
    ).toEqual([problem])
  })

  it('that is not the image’s is refused, either way', () => {
    expect(problemsOfDefinition(definition('api'), 'ARM64')).toEqual([
      expect.stringMatching(/^runtimePlatform: cpuArchitecture is "X86_64" and the image was built for ARM64/),
    ])
    const arm = definition('api', (_, whole) => {
      whole.runtimePlatform = { cpuArchitecture: 'ARM64' }
    })
    expect(problemsOfDefinition(arm, 'X86_64')).toHaveLength(1)
    expect(problemsOfDefinition(arm, 'ARM64')).toEqual([])
  })
})

describe('the container', () => {
  it.each([[{ command: ['NONE'] }], [{ command: [] }], [{}], [undefined]])(
    'without a health check is refused: %j',
    (healthCheck) => {
      expect(problemsWith((c) => Object.assign(c, { healthCheck }))).toEqual([
        expect.stringMatching(/^healthCheck: is missing/),
      ])
    },
  )

  it.each([
    [['CMD-SHELL', 'exit 0']],
    [['CMD']],
    [['CMD', 'curl', '-f', 'http://127.0.0.1:3001/livez']],
    [['CMD', 'node', 'deploy/is-alive.ts', '||', 'true']],
    [['CMD-SHELL', 'node deploy/is-alive.ts']],
  ])('with another health check than the image’s is refused: %j', (command) => {
    expect(problemsWith((c) => Object.assign(c, { healthCheck: { command } }))).toEqual([
      expect.stringMatching(
        /^healthCheck: is not the image’s own.*: say \{"command": \["CMD","node","deploy\/is-alive.ts"\]\}$/,
      ),
    ])
  })

  it('of the migration needs no health check', () => {
    expect(definition('migrate').containerDefinitions[0]).not.toHaveProperty('healthCheck')
    expect(problemsOfDefinition(definition('migrate'), 'X86_64')).toEqual([])
  })

  it.each([
    [undefined, 'is missing'],
    [9, 'is 9'],
    [0, 'is 0'],
    [121, 'is 121'],
  ])('is refused with a stopTimeout of %s', (stopTimeout, why) => {
    expect(problemsWith((c) => Object.assign(c, { stopTimeout }))).toEqual([
      expect.stringContaining(`stopTimeout: ${why}`),
    ])
  })

  it.each([10, 120])('is fit with a stopTimeout of %s', (stopTimeout) => {
    expect(problemsWith((c) => Object.assign(c, { stopTimeout }))).toEqual([])
  })

  it.each([[{ command: ['npm', 'start'] }], [{ command: ['sh', '-c', 'node src/main.ts'] }], [{ entryPoint: ['sh'] }]])(
    'is refused with a program of its own: %j',
    (change) => {
      expect(problemsWith((c) => Object.assign(c, change))).toEqual([
        expect.stringMatching(/^command: is not one that can be judged/),
      ])
    },
  )

  it('is one: none and two are refused, and the first is judged all the same', () => {
    expect(
      problemsWith((_, whole) => {
        whole.containerDefinitions = []
      }),
    ).toEqual([expect.stringMatching(/^containerDefinitions: are 0/)])
    const two = problemsWith((c, whole) => {
      whole.containerDefinitions.push({ ...c })
      c.image = 'weelo:latest'
    })
    expect(two).toEqual([expect.stringMatching(/^containerDefinitions: are 2/), expect.stringMatching(/^image: /)])
  })
})

it('what AWS prints of a registered definition is judged alike', () => {
  const registered = (whole: Fit) => ({
    taskDefinition: {
      taskDefinitionArn: 'arn:aws:ecs:ap-south-1:123456789012:task-definition/weelo-order-service-api:7',
      ...whole,
    },
    tags: [],
  })
  expect(problemsOfDefinition(registered(definition('api')), 'X86_64')).toEqual([])
  expect(
    problemsOfDefinition(
      registered(
        definition('api', (c) => {
          c.image = 'weelo'
        }),
      ),
      'X86_64',
    ),
  ).toHaveLength(1)
})

it.each<[unknown, RegExp]>([
  [[], /^the file: /],
  [null, /^the file: /],
  [{}, /^containerDefinitions: are 0/],
  [{ containerDefinitions: [{ environment: [{ name: 'PORT', value: 3000 }] }] }, /^PORT: is a number: write "3000"$/],
])('what is no task definition is refused: %j', (json, problem) => {
  expect(problemsOfDefinition(json, 'X86_64')).toContainEqual(expect.stringMatching(problem))
})

it('secrets of the placeholder account are refused once', () => {
  const committed = { ...place, secrets: 'arn:aws:ssm:ap-south-1:000000000000:parameter/weelo/' }
  const json = JSON.parse(JSON.stringify(definition('api')).replaceAll(place.secrets, committed.secrets))
  expect(problemsOfDefinition(json, 'X86_64')).toEqual([
    'secrets: account 000000000000 is a placeholder: run npm run deploy:render with --secrets',
  ])
})
