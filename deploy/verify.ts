// npm run deploy:verify: whether what was deployed is what answers, and nothing else does.
import { parseArgs } from 'node:util'
import { newestMigration } from '../src/db/migration-plan.ts'
import { sqlLayer } from '../src/db/sql-file.ts'
import { usageOrExit } from './usage.ts'
import { countsOf, RUN, type VerifyOptions, verifyFleet } from './verify-fleet.ts'
import { adviceOn, rulesThatDecide } from './verify-words.ts'

const usage = `npm run deploy:verify -- URL… --commit SHA [--schema 000003] [--timeout SECONDS] [--every MILLISECONDS]
  URL…       of the service as its users reach it, through each load balancer; of a worker, its admin port. A balancer
             that keeps callers at one process must do so for /socket.io alone, or one would answer for all
  --commit   that was built, at least seven digits of it
  --schema   of that commit, when it is not the one of this checkout, as after a rollback; then the database may be
             newer, and sql/ is not compared: it is said whose rules decide
  --timeout  after which it gives up; 300 unless given
  --every    a round starts; 500 unless given
Exits with 0 after ${RUN} rounds in a row in which /version and /readyz of every URL agreed, with 1 when there is no such
run.`

/** Throws when it is no whole number from 1. */
function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new Error(`--${name} is a whole number from 1, not "${text}".`)
}

type Task = Omit<VerifyOptions, 'onNews' | 'url'> & { urls: URL[] }

function read(): Task {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      commit: { type: 'string', default: '' },
      schema: { type: 'string' },
      timeout: { type: 'string', default: '300' },
      every: { type: 'string', default: '500' },
    },
  })
  const isUrl = (text: string) => /^https?:\/\//.test(text) && URL.canParse(text)
  if (positionals.length === 0 || !positionals.every(isUrl))
    throw new Error('Which URL? One or more are needed, each with http:// or https://.')
  const commit = values.commit.toLowerCase()
  if (!/^[0-9a-f]{7,40}$/.test(commit))
    throw new Error('--commit is 7 to 40 hexadecimal digits of the commit that was built.')
  const { schema = newestMigration() } = values
  if (!/^\d{6}$/.test(schema)) throw new Error('--schema is the six digits of a migration, such as 000003.')
  const timeoutMs = whole('timeout', values.timeout) * 1000
  const everyMs = whole('every', values.every)
  if (timeoutMs <= RUN * everyMs)
    throw new Error(`--timeout leaves no room for ${RUN} rounds, which take ${(RUN * everyMs) / 1000} s.`)
  const sql = values.schema === undefined ? sqlLayer() : undefined
  return { urls: positionals.map((text) => new URL(text)), expected: { commit, schema, sql }, timeoutMs, everyMs }
}

const task = usageOrExit(read, usage)
const { commit, schema, sql } = task.expected
const promised = `commit ${commit}, schema ${schema}${sql === undefined ? '' : `, sql ${sql}`}`
console.log(`Expecting ${promised}`)
process.exitCode = Math.max(...(await Promise.all(task.urls.map(verify))))

/** Each URL has a run of its own. Prints what is to be said of it, and returns the exit code that it asks for. */
async function verify(url: URL): Promise<0 | 1> {
  const { isDeployed, rounds } = await verifyFleet({
    ...task,
    url,
    onNews: (line) => console.log(task.urls.length > 1 ? `${url.href} ${line}` : line),
  })
  const rules = rulesThatDecide(rounds, task.expected)
  if (isDeployed) {
    console.log([`Deployed: in ${RUN} rounds every answer of ${url.href} said so.`, ...rules].join('\n'))
    return 0
  }
  console.error(
    [
      `Not deployed: after ${task.timeoutMs / 1000} s ${url.href} does not answer as ${promised} alone. The last ${rounds.length} rounds:`,
      ...countsOf(rounds).map((line) => `  ${line}`),
      ...adviceOn(rounds),
      ...rules,
    ].join('\n'),
  )
  return 1
}
