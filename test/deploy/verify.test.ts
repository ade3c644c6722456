// Fleets of node:http servers stand for ours; the last test asks the real program. Most of it is waiting, so all at once.
import { describe, expect, it } from 'vitest'
import { countsOf, RUN, verifyFleet } from '../../deploy/verify-fleet.ts'
import { newestMigration } from '../../src/db/migration-plan.ts'
import { sqlLayer } from '../../src/db/sql-file.ts'
import { copyDatabase } from '../support/database.ts'
import { startProgram } from '../support/program.ts'
import { isFull } from '../support/scale.ts'
import { program, startFleet } from './fleet.ts'
import { run } from './run.ts'

const db = await copyDatabase()

const oldCommit = 'a'.repeat(40)
const newCommit = 'b'.repeat(40)
const expected = { commit: newCommit, schema: '000003', sql: '0123456789ab' }
const isNew = program(expected)
const isOld = program({ commit: oldCommit, schema: '000002', sql: 'ba9876543210' })
const broken = (problem: string) => program({ ...expected, problem })

/** Two connections make a round. */
const roundOf = (connection: number) => Math.floor(connection / 2)

async function verify(url: string, timeoutMs: number) {
  const news: string[] = []
  const onNews = (line: string) => news.push(line)
  const options = { url: new URL(url), expected, timeoutMs, everyMs: EVERY_MS, onNews }
  return { ...(await verifyFleet(options)), news }
}

const LONG_ENOUGH_MS = 50_000
/** Several runs would fit, on a machine that has better things to do too. */
const SHORT_MS = 4_000
/** Rarely enough that the fleets, which are asked at the same time, leave each other room. */
const EVERY_MS = 100

describe.concurrent('a fleet', () => {
  it('of new programs alone is deployed, after a run of answers on connections of their own', async () => {
    const { url, connections, paths } = await startFleet(() => isNew)
    const { isDeployed, news } = await verify(url, LONG_ENOUGH_MS)
    expect(isDeployed).toBe(true)
    expect(connections()).toBe(2 * RUN)
    expect(paths.filter((path) => path === '/readyz')).toHaveLength(RUN)
    expect(news).toEqual(['/version: as expected', '/readyz: as expected'])
  })

  it('whose last old programs leave becomes deployed', async () => {
    const { url, connections } = await startFleet((n) => (roundOf(n) < 7 && n % 3 === 0 ? isOld : isNew))
    expect((await verify(url, LONG_ENOUGH_MS)).isDeployed).toBe(true)
    expect(roundOf(connections())).toBeGreaterThanOrEqual(RUN + 6)
  })

  it('of which one in ten is old is not deployed, and it is said what still answers', async () => {
    const { url } = await startFleet((n) => (n % 10 === 0 ? isOld : isNew))
    const { isDeployed, rounds, news } = await verify(url, SHORT_MS)
    expect(isDeployed).toBe(false)
    expect(rounds).toHaveLength(RUN)
    expect(countsOf(rounds).join('\n')).toMatch(/ × commit aaaaaaaaaaaa, schema 000002, sql ba9876543210/)
    expect(news.length).toBeLessThanOrEqual(4)
  })

  it('of old and new in turns tells each once, and counts them', async () => {
    const { url } = await startFleet((n) => (roundOf(n) % 2 === 0 ? isOld : isNew))
    const { isDeployed, rounds, news } = await verify(url, SHORT_MS)
    expect(isDeployed).toBe(false)
    expect(news).toHaveLength(4)
    const old = 'commit aaaaaaaaaaaa, schema 000002, sql ba9876543210'
    expect(countsOf(rounds).sort()).toEqual(
      ['/readyz ', '/version'].flatMap((path) => [`${path} 10 × as expected`, `${path} 10 × ${old}`]),
    )
  })

  it('that is rolled back midway is not deployed, however long it answered well', async () => {
    const { url } = await startFleet((n) => (roundOf(n) < RUN - 1 ? isNew : isOld))
    const { isDeployed, rounds } = await verify(url, SHORT_MS)
    expect(isDeployed).toBe(false)
    expect(countsOf(rounds)).toEqual(
      ['/version', '/readyz '].map((path) => `${path} 20 × commit aaaaaaaaaaaa, schema 000002, sql ba9876543210`),
    )
  })

  it.each<[string, Parameters<typeof startFleet>[0], string]>([
    ['rolled back at once', () => isOld, 'commit aaaaaaaaaaaa'],
    ['that is not ready', () => broken('the database does not answer'), '503, the database does not answer'],
    ['that breaks its connections', () => undefined, 'no answer (ECONNRESET)'],
    [
      'that redirects',
      () => (_, response) => response.writeHead(301, { location: '/' }).end(),
      '301, which is no answer',
    ],
    [
      'that answers with a page',
      () => (_, response) => response.end('<p>Welcome</p>'),
      '200, which is no answer of this',
    ],
    ['with yesterday’s functions', () => program({ ...expected, sql: 'ba9876543210' }), 'sql ba9876543210'],
    ['on a newer schema', () => program({ ...expected, databaseSchema: '000004' }), 'schema 000004'],
  ])('%s is not deployed', async (_, targetOf, said) => {
    const { url } = await startFleet(targetOf)
    const { isDeployed, rounds } = await verify(url, SHORT_MS)
    expect(isDeployed).toBe(false)
    expect(countsOf(rounds).join('\n')).toContain(said)
  })

  it.runIf(isFull)('that hangs is asked again, and is not deployed', async () => {
    const { url, connections } = await startFleet(() => () => {})
    const { isDeployed, rounds } = await verify(url, 8_000)
    expect(isDeployed).toBe(false)
    expect(countsOf(rounds).join('\n')).toContain('no answer (none within 5 s)')
    expect(connections()).toBe(4)
  })

  it('behind a path is asked below it', async () => {
    const { url, paths } = await startFleet(() => isOld)
    await verify(`${url}/orders`, 200)
    expect(new Set(paths)).toEqual(new Set(['/orders/version', '/orders/readyz']))
  })
})

describe.concurrent('npm run deploy:verify', () => {
  const commitArgs = [
    '--commit',
    newCommit.slice(0, 7),
    '--every',
    String(EVERY_MS),
    '--timeout',
    String(SHORT_MS / 1000),
  ]

  it('after a rollback takes the older schema, on a database that is newer', async () => {
    const { url } = await startFleet(() => program({ ...expected, schema: '000002', databaseSchema: '000003' }))
    const { code, out } = await run('verify.ts', url, ...commitArgs.with(5, '50'), '--schema', '000002')
    expect([code, out.split('\n')[0]]).toEqual([0, 'Expecting commit bbbbbbb, schema 000002'])
    expect(out.trimEnd().split('\n').slice(-2)).toEqual([
      `Deployed: in ${RUN} rounds every answer of ${url}/ said so.`,
      "The rules that decide are the commit's own, sql/ 0123456789ab.",
    ])
  })

  it('after a rollback says that the rules stayed, where nobody loaded the older ones', async () => {
    const { url } = await startFleet(() => program({ ...expected, databaseSql: 'ba9876543210' }))
    const { code, out } = await run('verify.ts', url, ...commitArgs.with(5, '50'), '--schema', '000003')
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      'The rules that decide are sql/ ba9876543210 of the database, which this commit was not built with.',
    )
  })

  it('asks each of several URLs, each for a run of its own, and fails for one', async () => {
    const rules = { schema: newestMigration(), sql: sqlLayer() }
    const good = await startFleet(() => program({ ...expected, ...rules }))
    const bad = await startFleet((n) => program({ ...expected, ...rules, commit: n % 6 === 0 ? oldCommit : newCommit }))
    const { code, out, err } = await run('verify.ts', good.url, bad.url, ...commitArgs)
    expect(code).toBe(1)
    expect(out).toContain(`Deployed: in ${RUN} rounds every answer of ${good.url}/ said so.`)
    expect(out).toContain(`${bad.url}/ /version: commit aaaaaaaaaaaa`)
    expect(err).toMatch(new RegExp(`^Not deployed: after 4 s ${bad.url}/ does not answer`))
    expect(good.connections()).toBe(2 * RUN)
  })

  it('exits with 1 and says what still answers', async () => {
    const { url } = await startFleet(() => isOld)
    const { code, err } = await run('verify.ts', url, ...commitArgs)
    expect(code).toBe(1)
    expect(err).toContain(
      `Not deployed: after 4 s ${url}/ does not answer as commit bbbbbbb, schema ${newestMigration()}`,
    )
    expect(err).toContain('/version 20 × commit aaaaaaaaaaaa, schema 000002, sql ba9876543210')
    expect(err.trimEnd().split('\n').at(-1)).toMatch(/^Another commit that answers is an old process/)
  })

  it.each([
    [[], 'Which URL?'],
    [['example.com', '--commit', newCommit], 'Which URL?'],
    [['http://example.com', 'example.com', '--commit', newCommit], 'Which URL?'],
    [['http://example.com'], '--commit is 7 to 40'],
    [['http://example.com', '--commit', 'abc123'], '--commit is 7 to 40'],
    [['http://example.com', '--commit', newCommit, '--schema', '3'], '--schema is the six digits'],
    [
      ['http://example.com', '--commit', newCommit, '--timeout', '5', '--every', '250'],
      '--timeout leaves no room for 20 rounds',
    ],
  ])('exits with 2 and says how it is called, for %j', async (args, why) => {
    const { code, err } = await run('verify.ts', ...args)
    expect(code).toBe(2)
    expect(err).toContain(why)
  })

  it('finds the real program deployed, on both its ports, on a database with this release’s schema and functions', async () => {
    const { url, adminUrl } = await startProgram({ DATABASE_URL: db.ownerUrl, COMMIT_SHA: newCommit })
    const { code, out, err } = await run('verify.ts', url, adminUrl, ...commitArgs.with(5, '50'))
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Expecting commit bbbbbbb, schema ${newestMigration()}, sql ${sqlLayer()}`)
  })
})
