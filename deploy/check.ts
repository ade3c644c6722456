// npm run deploy:check: refuses a task definition before it is registered, with all that is wrong with it.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { architectureOf } from './architecture.ts'
import { problemsOfDefinition, summaryOf } from './check-definition.ts'
import { usageOrExit } from './usage.ts'

const usage = `npm run deploy:check -- FILE… --architecture amd64|arm64
  FILE            a task definition, or what aws ecs describe-task-definition prints
  --architecture  for which the image was built; Docker knows it:
                  docker image inspect --format '{{.Architecture}}' IMAGE
Exits with 0 when every file may be registered, with 1 when one may not, with 2 when one cannot be read.`

function read() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { architecture: { type: 'string' } },
  })
  if (positionals.length === 0) throw new Error('Which file? None is given.')
  if (values.architecture === undefined)
    throw new Error('--architecture is missing: for which processor was the image built?')
  return { files: positionals, architecture: architectureOf(values.architecture) }
}

const { files, architecture } = usageOrExit(read, usage)
const codes = files.map(check)
process.exitCode = Math.max(...codes)

/** Prints what is to be said of one file, and returns the exit code that it asks for. */
function check(file: string): 0 | 1 | 2 {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // The message of a JSON error repeats the text, which may be a secret.
    const why = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message
    console.error(`${file}: cannot be read: ${why}`)
    return 2
  }
  const problems = problemsOfDefinition(json, architecture)
  if (problems.length > 0) console.error([`${file}: must not be registered:`, ...problems].join('\n  '))
  else console.log(`${file}: fit to register, ${summaryOf(json)} for ${architecture}`)
  return problems.length > 0 ? 1 : 0
}
