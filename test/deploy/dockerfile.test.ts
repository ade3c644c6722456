// The image's recipe is the subject. It is carried out, without Docker, by test/full/image.test.ts.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ValidationSeverity, validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'
import { renderDefinition } from '../../deploy/render-definition.ts'
import { readConfig } from '../../src/config.ts'
import { variables } from '../../src/variables.ts'
import { project } from '../support/program.ts'
import { place } from './definitions.ts'
import { dockerfileText, inLastStage, instructions, lastStage, reachesBuilder, stages } from './dockerfile.ts'

const env = Object.assign({}, ...inLastStage('ENV').map(({ properties }) => properties)) as Record<string, string>

it('passes the linter', () => {
  const strict = { deprecatedMaintainer: ValidationSeverity.ERROR, emptyContinuationLine: ValidationSeverity.ERROR }
  expect(validate(dockerfileText, strict).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual(
    [],
  )
})

it('is made from Node 26 slim, or from what the builder says, in two stages', () => {
  expect(instructions[0]).toMatchObject({ keyword: 'ARG', properties: { NODE_IMAGE: 'node:26-slim' } })
  const bases = instructions.filter(({ keyword }) => keyword === 'FROM').map(({ words }) => words[0])
  expect(new Set(bases)).toEqual(new Set([`$\{NODE_IMAGE}`]))
  expect(stages.length).toBeGreaterThan(1)
})

it('installs by the lock file, without development and the Node pins', () => {
  const installs = stages.flatMap((stage) => stage.instructions).filter(({ text }) => /\bnpm\b/.test(text))
  expect(installs.map(({ text }) => text)).toEqual(['npm ci --omit=dev --omit=optional --no-audit --no-fund'])
})

it('runs as nobody special, and nothing after that is root’s again', () => {
  expect(inLastStage('USER').map(({ text }) => text)).toEqual(['node'])
  const after = lastStage.instructions.slice(lastStage.instructions.findIndex(({ keyword }) => keyword === 'USER'))
  expect(after.map(({ keyword }) => keyword)).toEqual(['USER', 'HEALTHCHECK', 'CMD'])
})

it('starts the service itself, so that it hears a stop', () => {
  expect(inLastStage('CMD').map(({ json }) => json)).toEqual([['node', 'src/main.ts']])
  expect(inLastStage('ENTRYPOINT')).toEqual([])
})

it('copies only what runs, none of it to be written by the service', () => {
  const copied = inLastStage('COPY').filter(({ flags }) => flags.from === undefined)
  const sources = copied.flatMap(({ words }) => words.slice(0, -1))
  expect(sources.sort()).toEqual([
    'deploy/is-alive.ts',
    'migrations',
    'package-lock.json',
    'package.json',
    'sql',
    'src',
  ])
  for (const { flags } of inLastStage('COPY')) expect(flags).not.toHaveProperty('chown')
})

describe('what reaches the builder', () => {
  it('is what is copied', () => {
    const sources = stages
      .flatMap((stage) => stage.instructions)
      .filter(({ keyword, flags }) => keyword === 'COPY' && !flags.from)
    for (const path of sources.flatMap(({ words }) => words.slice(0, -1))) {
      expect([path, existsSync(join(project, path)), reachesBuilder(path)]).toEqual([path, true, true])
    }
    expect(reachesBuilder('src/main.ts')).toBe(true)
  })

  it.each([
    '.env',
    'deploy/.env',
    'src/.env',
    'src/rest/.env.production',
    '.npmrc',
    'src/.npmrc',
    '.git/config',
    '.data/passwords',
    'node_modules/pg/package.json',
    'test/support/secret.ts',
    'deploy/compose.yaml',
  ])('is not %s', (path) => {
    expect(reachesBuilder(path)).toBe(false)
  })
})

it('names no secret anywhere', () => {
  for (const { name, isSecret } of variables) if (isSecret) expect(dockerfileText).not.toContain(name)
  expect(dockerfileText).not.toMatch(/password|token|--mount=type=secret|postgres(ql)?:\/\//i)
})

it('says what the config wants an image to say, and nothing that a place decides', () => {
  const byImage = variables.filter(({ setBy }) => setBy === 'image').map(({ name }) => name)
  expect(Object.keys(env).sort()).toEqual(byImage.toSorted())
  expect(env).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' })
  const { PORT, ADMIN_PORT } = readConfig({})
  expect([env.PORT, env.ADMIN_PORT]).toEqual([String(PORT), String(ADMIN_PORT)])
  expect(inLastStage('EXPOSE')[0]?.words).toEqual([env.PORT, env.ADMIN_PORT])
})

it('labels the image with its commit and the time of its build', () => {
  const labels = Object.assign({}, ...inLastStage('LABEL').map(({ properties }) => properties))
  expect(labels).toEqual({
    'org.opencontainers.image.revision': '$COMMIT_SHA',
    'org.opencontainers.image.created': '$BUILD_TIME',
  })
})

describe('the commit', () => {
  const build = (COMMIT_SHA: string) =>
    spawnSync('sh', ['-c', inLastStage('RUN')[0]?.text ?? ''], { env: { ...process.env, COMMIT_SHA } })

  it.each(['', 'main', 'fd3c2ab', 'FD3C2ABC96C2F7037080754904C865FA210CAF65', `${'a'.repeat(40)} `])(
    'is refused as "%s", which is no whole one',
    (commit) => {
      const { status, stderr } = build(commit)
      expect(status).toBe(1)
      expect(String(stderr)).toMatch(/^COMMIT_SHA is not a whole commit.*build with --build-arg COMMIT_SHA=/)
    },
  )

  it('is accepted whole', () => {
    expect(build('fd3c2abc96c2f7037080754904c865fa210caf65')).toMatchObject({ status: 0 })
  })
})

describe('the time of the build', () => {
  const build = (BUILD_TIME: string) =>
    spawnSync('sh', ['-c', inLastStage('RUN')[1]?.text ?? ''], { env: { ...process.env, BUILD_TIME } })

  it.each(['', 'today', '2026-01-02', '2026-01-02T03:04:05', '2026-01-02T03:04:05+05:30'])(
    'is refused as "%s"',
    (time) => {
      const { status, stderr } = build(time)
      expect(status).toBe(1)
      expect(String(stderr)).toMatch(/^BUILD_TIME is not a time in UTC.*build with --build-arg BUILD_TIME=/)
    },
  )

  it('is accepted in UTC, to the second', () => {
    expect(build('2026-01-02T03:04:05Z')).toMatchObject({ status: 0 })
  })
})

describe('the health check', () => {
  const [check] = inLastStage('HEALTHCHECK')
  const command: string[] = JSON.parse(check?.text.slice(check.text.indexOf('[')) ?? '[]')

  it('is that of the task definitions, at the same pace', () => {
    const { interval, timeout, retries, 'start-period': startPeriod } = check?.flags ?? {}
    const seconds = (text?: string) => Number(text?.replace(/s$/, ''))
    expect(renderDefinition('api', place).containerDefinitions[0]).toHaveProperty('healthCheck', {
      command: ['CMD', ...command],
      interval: seconds(interval),
      timeout: seconds(timeout),
      retries: Number(retries),
      startPeriod: seconds(startPeriod),
    })
  })

  it.each([
    ['an answer of 200', 200, 0],
    ['an answer of 503', 503, 1],
    ['no listener', undefined, 1],
  ])('ends with the right code for %s at /livez of the admin port', async (_, status, code) => {
    const paths: unknown[] = []
    const server = createServer(({ url }, response) => {
      paths.push(url)
      response.writeHead(status ?? 0).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (status === undefined) server.close()
    const child = spawn(process.execPath, command.slice(1), { cwd: project, env: { ADMIN_PORT: String(port) } })
    expect(await once(child, 'close')).toEqual([code, null])
    expect(paths).toEqual(status === undefined ? [] : ['/livez'])
    server.close()
  })
})
