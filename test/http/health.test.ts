import { describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { healthRoutes } from '../../src/http/health.ts'
import { copyDatabase } from '../support/database.ts'
import { make } from '../support/make.ts'
import { testVersion } from '../support/running.ts'
import { range } from '../support/scale.ts'
import { request, startService } from '../support/service.ts'

const db = await copyDatabase()
const service = await startService(db)

async function ask(path: string, url = service.url) {
  const { status, text, headers } = await request(url, 'GET', path)
  return { httpStatus: status, headers, ...JSON.parse(text) }
}

describe('GET /readyz and /health', () => {
  it.each(['/readyz', '/health'])(
    '%s is 200 with the commit, the schema, the sql/ that runs, and the sweep',
    async (path) => {
      await db.owner.query('select api.expire_due_orders()')
      const { headers: _, ...answer } = await ask(path)
      expect(answer).toEqual({
        httpStatus: 200,
        status: 'ready',
        commit: testVersion.commit,
        schema: testVersion.schema,
        sql: testVersion.sql,
        sweep: { lastRunAt: expect.stringMatching(/Z$/), isLate: false, oldestDueSeconds: 0 },
      })
    },
  )

  it('a late sweep shows, and takes no server out', async () => {
    await db.owner.query(
      "update app.sweeps set started_at = now() - interval '6 minutes', finished_at = now() - interval '6 minutes'",
    )
    await make.order(db.owner, { dueIn: '-400 s' })
    const { httpStatus, sweep } = await ask('/readyz')
    expect([httpStatus, sweep.isLate]).toEqual([200, true])
    expect(sweep.oldestDueSeconds).toBeGreaterThanOrEqual(400)
    await db.owner.query('select api.expire_due_orders()')
    expect((await ask('/readyz')).sweep).toMatchObject({ isLate: false, oldestDueSeconds: 0 })
  })

  it('is 503 on a database that never saw the functions of this release, and says which it runs and what to do', async () => {
    await db.owner.query("update app.sql_layers set layer = '0123456789ab'")
    expect(await ask('/readyz')).toMatchObject({
      httpStatus: 503,
      status: 'not ready',
      problem: expect.stringMatching(
        /runs sql\/ 0123456789ab, and [0-9a-f]{12} of this program was never loaded: run npm run migrate/,
      ),
      commit: testVersion.commit,
      requestId: expect.stringMatching(/.{36}/),
    })
    await db.owner.query('insert into app.sql_layers (layer, loaded_at) values ($1, $2)', [
      testVersion.sql,
      '2026-01-01T00:00:00Z',
    ])
    expect(await ask('/readyz')).toMatchObject({ httpStatus: 200, sql: '0123456789ab' })
    await db.owner.query("delete from app.sql_layers where layer = '0123456789ab'")
  })

  it('is ready on a newer schema that never saw its functions, as after a rollback past a release', async () => {
    await db.owner.query("delete from app.sql_layers; insert into app.sql_layers (layer) values ('0123456789ab')")
    expect((await ask('/readyz')).httpStatus).toBe(503)
    await db.owner.query("insert into graphile_migrate.migrations (hash, filename) values ('sha1:x', '999999.sql')")
    expect(await ask('/readyz')).toMatchObject({ httpStatus: 200, schema: '999999', sql: '0123456789ab' })
    await db.owner.query("delete from graphile_migrate.migrations where hash = 'sha1:x'")
    await db.owner.query('update app.sql_layers set layer = $1', [testVersion.sql])
  })

  it('is 503 on a database that only reads, until it writes again', async () => {
    const { rows } = await db.owner.query('select current_database() as name')
    await db.owner.query(`alter database ${rows[0].name} set default_transaction_read_only = on`)
    const own = await startService(db)
    expect(await ask('/readyz', own.url)).toMatchObject({
      httpStatus: 503,
      problem: 'the database only reads: it is a replica, or was told to write nothing',
    })
    await db.owner.query(
      `set default_transaction_read_only = off; alter database ${rows[0].name} reset default_transaction_read_only`,
    )
    expect((await ask('/readyz', own.url)).httpStatus).toBe(200)
  })

  it('is 503 while the process stops, without asking the database', async () => {
    const app = healthRoutes({
      call: () => Promise.reject(new Error('was asked')),
      version: testVersion,
      isStopping: () => true,
      log: service.log,
    })
    const answer = await app.request('/readyz')
    expect([answer.status, ((await answer.json()) as { problem: string }).problem]).toEqual([
      503,
      'the service is stopping',
    ])
    expect((await app.request('/livez')).status).toBe(200)
  })

  it('a flood of questions is one question to the database at a time', async () => {
    const pool = makePool(db.restUrl, 1, () => {})
    let asked = 0
    pool.on('acquire', () => asked++)
    const app = healthRoutes({ call: makeCall(pool), version: testVersion, isStopping: () => false, log: service.log })
    const answers = await Promise.all(range(200).map(() => app.request('/readyz')))
    expect(answers.map(({ status }) => status)).toEqual(range(200).map(() => 200))
    expect(asked).toBe(1)
    await app.request('/readyz')
    expect(asked).toBe(2)
    await pool.end()
  })
})

it('GET /version names the commit, the schema and the sql/ of the program, and when it was built', async () => {
  const { headers: _, ...answer } = await ask('/version')
  expect(answer).toEqual({
    httpStatus: 200,
    commit: 'test',
    buildTime: testVersion.buildTime,
    startedAt: expect.stringMatching(/Z$/),
    schema: testVersion.schema,
    sql: testVersion.sql,
  })
})
