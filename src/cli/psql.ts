// npm run psql: opens psql on the running database, as its owner. What follows -- goes to psql.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configOrExit } from '../config.ts'
import { dataDir } from '../db/data-dir.ts'
import { splitLogin } from '../db/login-of-url.ts'

type Session = { args: string[]; env: Record<string, string> }

const given = process.argv.slice(2)
const NOT_INSTALLED = 127
/** A refusal says what happened and what to do; the stack of functions below it would hide that. */
const readable = ['-v', 'SHOW_CONTEXT=never']

try {
  const { DATABASE_URL, DATA_DIR } = configOrExit({ ROLE: 'worker' })
  const { args, env } = DATABASE_URL ? sessionOf(DATABASE_URL) : embeddedSession(dataDir(DATA_DIR))
  Object.assign(process.env, env)
  const psql = spawn('psql', [...args, ...readable, ...given], { stdio: 'inherit' })
  process.on('SIGINT', () => {}) // psql's own: it cancels a query with it
  psql.on('exit', (code) => process.exit(code ?? 1))
  psql.on('error', () => {
    console.error(
      'psql is not installed. Install it (Debian: apt-get install postgresql-client; macOS: brew install libpq) and try again.',
    )
    process.exit(NOT_INSTALLED)
  })
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

/** The password goes by the environment: other users of the machine can read a command line. */
function sessionOf(databaseUrl: string): Session {
  const { url, user, password } = splitLogin(databaseUrl)
  // A user in the URL would win over -U; this way the last -U does, and somebody else's is not tried with our password.
  const isOwner = !given.some((arg) => /^(-U|--username)/.test(arg))
  return { args: [...(user === '' ? [] : ['-U', user]), url], env: isOwner && password ? { PGPASSWORD: password } : {} }
}

/** A running server writes its port on the fourth line of postmaster.pid. */
function embeddedSession(folder: string): Session {
  const file = join(folder, 'postgres', 'postmaster.pid')
  if (!existsSync(file))
    throw new Error(`No database is running in ${folder}. Start it with npm start, or set DATABASE_URL to another one.`)
  const port = readFileSync(file, 'utf8').split('\n')[3] ?? ''
  return { args: ['-h', '127.0.0.1', '-p', port, '-U', 'weelo', 'weelo'], env: { PGPASSFILE: join(folder, 'pgpass') } }
}
