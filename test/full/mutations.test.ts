// Takes each rule away in turn and expects a test to fail: which line of SQL does no test need?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { urlOf } from '../support/database.ts'
import type { Mutation } from '../support/mutation.ts'
import { project, temporaryFolder } from '../support/program.ts'
import { crowd } from '../support/scale.ts'
import { mutations } from './mutations.ts'

/** Two cores, two runs at once. */
const AT_ONCE = 2
/** Longer than any test of these files takes; a test that waits for a lost lock ends by it. */
const TEST_LIMIT_MS = 20_000
/** Seven hundred runs of some three seconds take 35 minutes on two cores. */
const ALL_LIMIT_MS = 3_600_000

const folders = ['commands', 'helpers', 'guards', 'queries', 'views', 'sweeps', 'races', 'rest', 'live', 'catalog']
const behaviour = folders.map((folder) => `test/${folder}/`)

type Run = { code: number | null; passed: number; failed: string[]; output: string }
type Report = {
  numPassedTests: number
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}

/** The ordinary tests in a process of their own, on our server, with a template that lacks the rule. */
async function run(tests: string[], mutation?: Mutation): Promise<Run> {
  const reportFile = join(temporaryFolder(), 'report.json')
  const { PATH = '', HOME = '' } = process.env
  const flags = ['--bail=1', '--reporter=json', `--outputFile=${reportFile}`, '--maxWorkers=1']
  const limits = [`--testTimeout=${TEST_LIMIT_MS}`, '--hookTimeout=20000']
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests, ...flags, ...limits], {
    cwd: project,
    env: {
      PATH,
      HOME,
      TEST_DATABASE_URL: urlOf('owner', 'postgres'),
      ...(mutation && { TEST_MUTATION: JSON.stringify(mutation) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-3_000)
    })
  const [code] = await once(child, 'close')
  const report: Report = existsSync(reportFile)
    ? JSON.parse(readFileSync(reportFile, 'utf8'))
    : { numPassedTests: 0, testResults: [] }
  const failed = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status === 'failed')
    .map((test) => test.fullName)
  return { code, passed: report.numPassedTests, failed, output }
}

it('every change of text finds its text', () => {
  const isStale = (mutation: Mutation) =>
    'file' in mutation && !readFileSync(join(project, 'sql', mutation.file), 'utf8').includes(mutation.replace)
  expect(mutations.filter(isStale).map(({ rule }) => rule)).toEqual([])
})

it('with every rule in place the tests pass', async () => {
  const { passed, failed, output } = await run(behaviour)
  expect(failed, output).toEqual([])
  expect(passed, output).toBeGreaterThan(200)
})

describe('a test fails without', () => {
  const runs = new Map<string, Run>()

  beforeAll(async () => {
    await crowd(mutations, AT_ONCE, async ({ rule, tests, ...mutation }) => {
      const result = await run(tests, mutation)
      runs.set(rule, result)
      console.log(
        `${rule}: ${result.failed[0] ?? `NO TEST FAILED (exit code ${result.code}) ${result.code ? result.output : ''}`}`,
      )
    })
  }, ALL_LIMIT_MS)

  // A run that could not even begin has failed no test, so it does not count.
  it.each(mutations.map(({ rule }) => rule))('%s', (rule) => {
    const result = runs.get(rule)
    expect(result?.code).not.toBe(0)
    expect(result?.failed.length, result?.output).toBeGreaterThan(0)
  })
})
