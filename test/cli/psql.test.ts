import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { type Environment, project, temporaryFolder } from '../support/program.ts'

const { name, ownerUrl: DATABASE_URL } = await copyDatabase()
const isMissing = spawnSync('psql', ['--version']).status !== 0

function psql(args: string[], env: Environment, input = '') {
  const { PATH = '', HOME = '' } = process.env
  const run = spawnSync(process.execPath, ['src/cli/psql.ts', ...args], {
    cwd: project,
    env: { PATH, HOME, ...env },
    input,
    encoding: 'utf8',
  })
  return { code: run.status, stdout: run.stdout.trim(), stderr: run.stderr }
}

/** A folder with a psql that tells how it was called. */
function tellingPsql(): string {
  const folder = temporaryFolder()
  const script = '#!/bin/sh\necho "args: $@"\necho "password: $PGPASSWORD"\necho "password file: $PGPASSFILE"\n'
  writeFileSync(join(folder, 'psql'), script, { mode: 0o755 })
  return folder
}

describe('npm run psql', () => {
  it.skipIf(isMissing)('opens the database of DATABASE_URL as its owner, with the arguments after --', () => {
    const answer = psql(['-X', '-At', '-c', 'select current_database(), current_user'], { DATABASE_URL })
    expect(answer).toEqual({ code: 0, stdout: `${name}|${new URL(DATABASE_URL).username}`, stderr: '' })
  })

  it.skipIf(isMissing)('reads what is typed, and ends as psql ends', () => {
    const { code, stdout, stderr } = psql(
      ['-X', '-At', '-v', 'ON_ERROR_STOP=1'],
      { DATABASE_URL },
      'select 1; select 1/0;',
    )
    expect([code, stdout]).toEqual([3, '1'])
    expect(stderr).toContain('division by zero')
  })

  it.each([
    ['user', 'postgresql://weelo:not%2Fshown@127.0.0.1:5432/weelo?sslmode=disable'],
    ['query', 'postgresql://weelo@127.0.0.1:5432/weelo?sslmode=disable&password=not%2Fshown'],
  ])('keeps the password in the %s part of DATABASE_URL out of the command line', (_, url) => {
    const { stdout } = psql(['-c', 'select 1'], { PATH: tellingPsql(), DATABASE_URL: url })
    expect(stdout.split('\n')).toEqual([
      'args: -U weelo postgresql://127.0.0.1:5432/weelo?sslmode=disable -v SHOW_CONTEXT=never -c select 1',
      'password: not/shown',
      'password file:',
    ])
  })

  it('opens it as somebody else with -U, and does not try the owner’s password for them', () => {
    const url = 'postgresql://weelo:secret@127.0.0.1:5432/weelo'
    const { stdout } = psql(['-U', 'asha'], { PATH: tellingPsql(), DATABASE_URL: url })
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'args: -U weelo postgresql://127.0.0.1:5432/weelo -v SHOW_CONTEXT=never -U asha',
      'password: ',
    ])
  })

  it('without DATABASE_URL opens the server that runs in DATA_DIR, whose passwords are in a file', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'postgres'))
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `1\n${folder}/postgres\n1700000000\n54321\n`)
    const { stdout } = psql([], { PATH: tellingPsql(), DATA_DIR: folder })
    expect(stdout.split('\n')).toEqual([
      'args: -h 127.0.0.1 -p 54321 -U weelo weelo -v SHOW_CONTEXT=never',
      'password: ',
      `password file: ${join(folder, 'pgpass')}`,
    ])
  })

  it('says that no database is running, and exits with 1', () => {
    const folder = temporaryFolder()
    const { code, stdout, stderr } = psql([], { DATA_DIR: folder })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(
      `No database is running in ${folder}. Start it with npm start, or set DATABASE_URL to another one.\n`,
    )
  })

  it('says how to install psql where there is none, and exits with 127', () => {
    const { code, stdout, stderr } = psql([], { PATH: temporaryFolder(), DATABASE_URL })
    expect([code, stdout]).toEqual([127, ''])
    expect(stderr).toMatch(/^psql is not installed\. .*apt-get install postgresql-client.*\n$/)
  })
})
