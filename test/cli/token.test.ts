import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { copyDatabase } from '../support/database.ts'
import { newId } from '../support/make.ts'
import { project } from '../support/program.ts'
import { testSecret } from '../support/secret.ts'
import { request, startService } from '../support/service.ts'

const service = await startService(await copyDatabase())

function token(args: string[], env: Record<string, string> = { JWT_SECRET: testSecret }) {
  const { PATH = '', HOME = '' } = process.env
  const run = spawnSync(process.execPath, ['src/cli/token.ts', ...args], {
    cwd: project,
    env: { PATH, HOME, ...env },
    encoding: 'utf8',
  })
  return { code: run.status, stdout: run.stdout, stderr: run.stderr }
}

const checkActive = (bearer: string) =>
  request(service.url, 'GET', '/api/v1/orders/check-active', undefined, { authorization: `Bearer ${bearer}` })

const good = ['--user', newId(), '--phone', '9876543210']
const claimsOf = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())

describe('npm run token', () => {
  it('prints one token, which the service accepts', async () => {
    const { code, stdout, stderr } = token([...good, '--name', 'Asha'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect((await checkActive(stdout.trim())).status).toBe(200)
    expect(claimsOf(stdout)).toMatchObject({ userId: good[1], phone: '9876543210', role: 'customer', name: 'Asha' })
  })

  it('needs no phone for a transporter', async () => {
    const { code, stdout } = token(['--user', newId(), '--role', 'transporter'])
    const headers = { authorization: `Bearer ${stdout.trim()}` }
    expect([code, (await request(service.url, 'GET', '/api/v1/trips', undefined, headers)).status]).toEqual([0, 200])
  })

  it('lasts for 30 days, or as many as asked for', () => {
    for (const [args, days] of [
      [[], 30],
      [['--days', '1'], 1],
    ] as const) {
      const { iat, exp } = claimsOf(token([...good, ...args]).stdout)
      expect(exp - iat).toBe(days * 86_400)
    }
  })

  it('signs with JWT_SECRET: a token of another secret is not accepted, one of another role is forbidden', async () => {
    const other = token(good, { JWT_SECRET: 'another-secret-of-at-least-32-characters' })
    expect((await checkActive(other.stdout.trim())).status).toBe(401)
    expect((await checkActive(token([...good, '--role', 'transporter']).stdout.trim())).status).toBe(403)
  })

  it.each([
    ['no arguments', []],
    ['no phone', good.slice(0, 2)],
    ['no user', good.slice(2)],
    ['a user that is no UUID', ['--user', 'asha', '--phone', '9876543210']],
    ['a lifetime of no days', [...good, '--days', '0']],
    ['a lifetime that is no number', [...good, '--days', 'ten']],
    ['an unknown option', [...good, '--admin']],
    ['a word too many', [...good, 'please']],
  ])('with %s says how it is used, and exits with 1', (_, args) => {
    const { code, stdout, stderr } = token(args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('Usage: npm run token')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('with a bad environment says what is wrong in one message, and exits with 1', () => {
    const { code, stderr } = token(good, { JWT_SECRET: 'short' })
    expect(code).toBe(1)
    expect(stderr).toContain('JWT_SECRET: must have at least 32 characters')
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})
