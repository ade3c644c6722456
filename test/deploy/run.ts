import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { project } from '../support/program.ts'

/** Runs a program of deploy/ to its end, as its npm script does. */
export async function run(program: string, ...args: string[]) {
  const child = spawn(process.execPath, [join('deploy', program), ...args], { cwd: project })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: code as number, out, err }
}
