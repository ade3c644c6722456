// The command, on the three revisions that once went out, rebuilt, and on files of other kinds.
import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { architectureOf } from '../../deploy/architecture.ts'
import { parts } from '../../deploy/render-definition.ts'
import { project, temporaryFolder } from '../support/program.ts'
import { definition } from './definitions.ts'
import { run } from './run.ts'

const fixture = (name: string) => `test/deploy/fixtures/${name}.json`
const forX86 = ['--architecture', 'amd64']
const folder = temporaryFolder()
function fileWith(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** What each revision got wrong, by the first word of each line of the refusal. */
const revisions: Record<string, string[]> = {
  'without-variables': [
    'DATABASE_URL: is required in production for ROLE=all',
    'REST_DATABASE_URL: is required in production for ROLE=all',
    'ADMIN_DATABASE_URL: is required in production for ROLE=all',
    'JWT_SECRET: is required in production for ROLE=all',
    'healthCheck: is missing',
    'stopTimeout: is missing',
    'readonlyRootFilesystem: is not true',
  ],
  'by-latest': [
    'NODE_ENV: is said by the image',
    'COMMIT_SHA: is said by the image; said again here, an old image could pass for a new one',
    'REST_DATABASE_URL: is a secret in plain text',
    'image: "123456789012.dkr.ecr.ap-south-1.amazonaws.com/weelo-order-service:latest" means whatever was pushed last',
    'containerDefinitions.0.environment.3.value: is a database URL with its password',
  ],
  'for-another-processor': [
    'LOG_LEVL: is nothing that the service reads: write LOG_LEVEL',
    'DATABASE_URL: ROLE=api has no use for it',
    'stopTimeout: is 5',
    'runtimePlatform: cpuArchitecture is "ARM64" and the image was built for X86_64',
  ],
}

it('refuses each revision that once went out, with every problem of all of them at once', async () => {
  const files = Object.keys(revisions).map(fixture)
  const { code, out, err } = await run('check.ts', ...files, ...forX86)
  expect([code, out]).toEqual([1, ''])
  const expected = Object.entries(revisions).flatMap(([name, problems]) => [
    `${fixture(name)}: must not be registered:`,
    ...problems.map((problem) => `  ${problem}`),
  ])
  const lines = err.trimEnd().split('\n')
  expect(lines.map((line, i) => line.slice(0, expected[i]?.length))).toEqual(expected)
  expect(err).not.toContain('not-a-real-password')
})

it('finds every rendered definition fit, a line each', async () => {
  const files = parts.map((part) => fileWith(`${part}.json`, JSON.stringify(definition(part))))
  const { code, out, err } = await run('check.ts', ...files, ...forX86)
  expect([code, err]).toEqual([0, ''])
  expect(out.trimEnd().split('\n')).toEqual(
    parts.map((part, i) => {
      const what = part === 'migrate' ? 'the migration' : `ROLE=${part}`
      return `${files[i]}: fit to register, ${what} of ${definition(part).containerDefinitions[0]?.image} for X86_64`
    }),
  )
})

it('refuses the committed definitions, and says to render them', async () => {
  const committed = ['deploy/task-definition.json', 'deploy/task-definition.migrate.json']
  const { code, err } = await run('check.ts', ...committed, ...forX86)
  expect(code).toBe(1)
  expect(
    err.match(/image: is the placeholder of the committed file: run npm run deploy:render with --image/g),
  ).toHaveLength(2)
})

it('refuses a definition that is right, of an image that Docker says was built for another processor', async () => {
  const file = fileWith('one.json', JSON.stringify(definition('api')))
  expect((await run('check.ts', file, ...forX86)).code).toBe(0)
  const readme = readFileSync(join(project, 'deploy', 'README.md'), 'utf8')
  const [line = ''] = /^IMAGE=.*PROCESSOR=.*$/m.exec(readme) ?? []
  const docker = fileWith(
    'docker',
    '#!/bin/sh\n[ "$*" = "image inspect --format {{.Architecture}} REPOSITORY:TAG" ] && echo arm64\n',
  )
  chmodSync(docker, 0o755)
  const env = { PATH: `${folder}:${process.env.PATH}` }
  const processor = execFileSync('sh', ['-c', `${line}\nprintf %s "$PROCESSOR"`], { env }).toString()
  expect(processor).toBe('arm64')
  const { code, err } = await run('check.ts', file, '--architecture', processor)
  expect(code).toBe(1)
  expect(err).toContain('the image was built for ARM64')
})

it.each([
  ['amd64', 'X86_64'],
  ['x86_64', 'X86_64'],
  ['X86_64', 'X86_64'],
  ['arm64', 'ARM64'],
  ['aarch64', 'ARM64'],
])('knows the architecture by the name %s', (name, architecture) => {
  expect(architectureOf(name)).toBe(architecture)
})

describe.concurrent('exits with 2', () => {
  it.each([
    [forX86, 'Which file?'],
    [['x.json'], '--architecture is missing: for which processor was the image built?'],
    [['x.json', '--architecture', ''], 'There is no architecture ""'],
    [['x.json', '--architecture', 'sparc'], 'There is no architecture "sparc"'],
    [['x.json', '--strict'], "Unknown option '--strict'"],
    [['no-such-file.json', ...forX86], 'no-such-file.json: cannot be read: ENOENT'],
  ])('for %j', async (args, why) => {
    const { code, out, err } = await run('check.ts', ...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(why)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('for a file that is not JSON, without repeating it, and judges the others all the same', async () => {
    const broken = fileWith('broken.json', 'postgres://weelo:my-password@db.example/weelo')
    const { code, err } = await run('check.ts', broken, fixture('without-variables'), ...forX86)
    expect(code).toBe(2)
    expect(err).toContain(`${broken}: cannot be read: it is not JSON`)
    expect(err).toContain('must not be registered')
    expect(err).not.toContain('my-password')
  })
})
