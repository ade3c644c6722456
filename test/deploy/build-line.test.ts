// The lines that a person copies from the head of deploy/Dockerfile.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/program.ts'
import { dockerfileText } from './dockerfile.ts'

describe('the documented build, with a docker that only says how it was called', () => {
  const [, lines = ''] = /^((?:# {3}.*\n)+)/m.exec(dockerfileText) ?? []
  const folder = temporaryFolder()
  const checkout = join(folder, 'checkout')
  // A hook that runs the tests says in its environment which repository is meant, and that is ours.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.com']
    return execFileSync('git', [...who, ...args], { cwd: checkout, env })
      .toString()
      .trim()
  }
  beforeAll(() => {
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
    mkdirSync(checkout)
    git('init', '--quiet')
    writeFileSync(join(checkout, 'rule.sql'), 'committed')
    git('add', '.')
    git('commit', '--quiet', '--no-verify', '-m', 'A rule')
  })
  const build = () =>
    spawnSync('sh', ['-c', lines.replaceAll(/^# {3}/gm, '')], {
      cwd: checkout,
      encoding: 'utf8',
      env: { ...env, PATH: `${folder}:${process.env.PATH}` },
    })

  it('names the commit and the time of a clean checkout', () => {
    const { status, stdout } = build()
    expect(status).toBe(0)
    const commit = git('rev-parse', 'HEAD')
    expect(stdout).toMatch(/^build -f deploy\/Dockerfile .*--build-arg BUILD_TIME=\d{4}-\d\d-\d\dT[\d:]{8}Z /)
    expect(stdout).toContain(`--build-arg COMMIT_SHA=${commit} `)
  })

  it.each([
    ['a change', 'rule.sql'],
    ['a file that git does not know', 'another.sql'],
  ])('is refused with %s, and says with which', (_, file) => {
    writeFileSync(join(checkout, file), 'not committed')
    const { status, stdout, stderr } = build()
    git('clean', '--quiet', '--force')
    git('checkout', '--quiet', '--', '.')
    expect([status, stdout.trim().split(' ').at(-1)]).toEqual([1, file])
    expect(stderr).toMatch(/^Not built: /)
  })
})
