import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { project } from './support/program.ts'

/** Instead of the 9.5 s of a service. */
const LIMIT_MS = 1_000

/** A process that does nothing but stop, in these steps (JavaScript), as often as it is told to. */
async function stopped(steps: string, times = 1) {
  const script = `
    import { pino } from 'pino'
    const { stopInSteps } = await import(${JSON.stringify(join(project, 'src/stop.ts'))})
    const log = pino({ base: undefined, timestamp: () => ',"time":' + performance.now() })
    const stop = stopInSteps(log, ${steps}, ${LIMIT_MS})
    for (let i = 0; i < ${times}; i++) stop()
    setTimeout(() => {}, 60_000)`
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: project })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .sort((one, other) => one.time - other.time) // as they were said: on a busy machine the pipe may take one later
  return { code, lines, ms: performance.now() - startedAt }
}

it('goes through its steps in order, once, and exits with 0', async () => {
  const step = (name: string) => `['${name}', async () => log.info('${name}')]`
  const { code, lines } = await stopped(`[${step('first')}, ${step('second')}]`, 3)
  expect(code).toBe(0)
  expect(lines.map(({ msg }) => msg)).toEqual(['stopping', 'first', 'second', 'stopped'])
})

it.each([
  ['that fails', "() => Promise.reject(new Error('no'))", 'no', 0],
  ['that never ends, when the time is over', '() => new Promise(() => {})', 'it took too long', LIMIT_MS],
])('says which step it was %s, and exits with 1', async (_, work, reason, atLeastMs) => {
  const { code, lines, ms } = await stopped(
    `[['fine', async () => {}], ['broken', ${work}], ['not reached', async () => {}]]`,
  )
  expect(code).toBe(1)
  expect(lines.at(-1)).toMatchObject({ msg: 'stopped, but not well', step: 'broken', reason })
  expect(ms).toBeGreaterThanOrEqual(atLeastMs)
})
