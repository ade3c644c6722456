// npm run bench: what the service costs, as ratios measured side by side. --help tells rows and options.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cleanUp, cleanUpOnSignals } from './cleanup.ts'
import { helpText, readOptions } from './options.ts'
import { tableOf } from './report.ts'
import { rows } from './rows.ts'
import { runRows } from './run.ts'

const names = rows.map(({ name }) => name)
cleanUpOnSignals()
console.log = console.error // migrations tell their progress; standard output is for the table
try {
  const options = readOptions(process.argv.slice(2), names)
  if (options.isHelp) process.stdout.write(`${helpText(rows)}\n`)
  else {
    const chosen = rows.filter(({ name }) => options.names.includes(name))
    const { header, results, failures } = await runRows(chosen, options, (line) => console.error(line))
    const table = tableOf(header, Object.values(results), failures)
    const file = chosen.length === rows.length ? 'results.md' : `${chosen.map(({ name }) => name).join('-')}.md`
    mkdirSync(options.out, { recursive: true }) // no row may have come so far
    writeFileSync(join(options.out, file), table)
    process.stdout.write(table)
    if (Object.keys(failures).length > 0) process.exitCode = 1
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await cleanUp()
}
process.exit()
