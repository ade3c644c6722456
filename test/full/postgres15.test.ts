import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startDebianPostgres } from '../support/debian-postgres.ts'
import { project } from '../support/program.ts'

it('every ordinary test passes on PostgreSQL 15', async () => {
  const { url } = await startDebianPostgres()
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run'], {
    cwd: project,
    env: { PATH, HOME, TEST_DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const [code] = await once(child, 'close')
  expect(output.slice(-6_000)).toMatch(/\d+ passed, 0 failed/)
  expect(code, output.slice(-6_000)).toBe(0)
})
