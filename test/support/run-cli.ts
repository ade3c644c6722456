import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { project } from './program.ts'

/** What one of the scripts of package.json runs, with nothing of the test's own environment but the path and the home. */
export async function runCli(script: string, args: string[], env: Record<string, string>, cwd = project) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [script, ...args], { cwd, env: { PATH, HOME, ...env } })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (chunk) => {
      output[name] += chunk
    })
  const [code] = await once(child, 'close')
  return { code, ...output }
}
