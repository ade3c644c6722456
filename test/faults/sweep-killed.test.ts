// A worker dies in the middle of its sweep. What it had closed is closed, and nothing of it keeps others from the rest.
import { beforeAll, describe, expect, it } from 'vitest'
import { type Program, startProgram } from '../support/program.ts'
import { range } from '../support/scale.ts'
import { until } from '../support/until.ts'
import { ask, type Cluster, startCluster } from './cluster.ts'
import { type Deployed, deploy } from './deployed.ts'
import { dueOrdersLeft, makeDueOrders } from './due-orders.ts'
import { report } from './under-load.ts'

const DUE_ORDERS = 20_000
/** A row lock of the killed worker lasts as long as the batches that its two sessions were in, which end by themselves. */
const HELD_MS = 5_000
/** Many times what a sweep of all of them takes. */
const FINISH_MS = 60_000
/** The crontab's two minutes, and the sweep. */
const NEXT_TICK_MS = 150_000

describe('a worker that is killed in the middle of a sweep', () => {
  let cluster: Cluster
  let deployed: Deployed
  beforeAll(async () => {
    cluster = await startCluster()
    deployed = await deploy(cluster.url)
  })
  const start = (name: string) => startProgram({ ...deployed(name), ROLE: 'worker' })
  const sweep = () =>
    ask(cluster.url, "select graphile_worker.add_job('expire_due_orders', job_key => 'expire_due_orders')")
  const count = async (sql: string, values: unknown[] = []) =>
    (await ask<{ n: number }>(cluster.url, `select count(*)::integer as n ${sql}`, values))[0]?.n ?? Number.NaN
  const lockedJobs = () => count('from graphile_worker._private_jobs where locked_at is not null')
  const idle = () =>
    until(async () => (await count('from graphile_worker._private_jobs')) === 0, 'no job is left', FINISH_MS)

  /** Ms until nothing is locked any more by whoever died. Locked rows are those that a sweep would pass by. */
  async function released(): Promise<number> {
    const since = performance.now()
    const free = `from (select from app.orders where is_open and pickup_address = 'due' for update skip locked) f`
    await until(async () => (await count(free)) === (await dueOrdersLeft(cluster.url)), 'no row is held', HELD_MS)
    return performance.now() - since
  }

  /** Once the first batches are closed. Returns how many orders were left to others. */
  async function killAmidSweep(worker: () => Promise<Program>): Promise<number> {
    await until(async () => (await dueOrdersLeft(cluster.url)) < DUE_ORDERS * 0.9, 'some batches are closed', FINISH_MS)
    await (await worker()).end('SIGKILL')
    const left = await dueOrdersLeft(cluster.url)
    expect(left).toBeGreaterThan(0)
    return left
  }

  async function everyOrderExpiredOnce(): Promise<void> {
    const events = await ask(
      cluster.url,
      `select n as events, count(*)::integer as orders from (
         select count(*) filter (where e.to_status = 'expired') as n
         from app.orders o left join app.order_events e on (e.customer_id, e.order_id) = (o.customer_id, o.id)
         where o.pickup_address = 'due' group by o.customer_id, o.id) each_order group by n`,
    )
    expect(events).toEqual([{ events: '1', orders: await count("from app.orders where pickup_address = 'due'") }])
  }

  it('is followed by the next that starts, which finishes at once, however often that happens', async () => {
    const figures: Record<string, number> = {}
    for (const n of range(5)) {
      const worker = await start(`killed-${n}`)
      await idle()
      await makeDueOrders(cluster.url, DUE_ORDERS)
      await sweep()
      figures[`left by kill ${n + 1}`] = await killAmidSweep(async () => worker)
      figures[`ms its rows were held ${n + 1}`] = Math.round(await released())
      expect(await lockedJobs()).toBeGreaterThan(0)
      const startedAt = performance.now()
      const next = await start(`next-${n}`)
      await until(async () => (await dueOrdersLeft(cluster.url)) === 0, 'the next has finished', FINISH_MS)
      figures[`ms until the next had finished ${n + 1}`] = Math.round(performance.now() - startedAt)
      await next.end('SIGTERM')
      await forgetLockedJobs()
    }
    await everyOrderExpiredOnce()
    report('sweep-killed, next start', figures)
  })

  it('is followed by another that runs, at its next tick', async () => {
    const pair = { one: await start('one'), other: await start('other') }
    await idle()
    await makeDueOrders(cluster.url, DUE_ORDERS)
    await sweep()
    const left = await killAmidSweep(async () => {
      const [session] = await ask<{ name: keyof typeof pair }>(
        cluster.url,
        `select application_name as name from pg_stat_activity
         where query like '%expire_due_orders($1)%' and application_name in ('one', 'other') order by query_start desc limit 1`,
      )
      return pair[session?.name ?? 'one']
    })
    const diedAt = performance.now()
    await released()
    await until(async () => (await dueOrdersLeft(cluster.url)) === 0, 'the next tick has finished', NEXT_TICK_MS)
    const figures = { 'orders left': left, 'seconds until the tick had finished': (performance.now() - diedAt) / 1000 }
    await everyOrderExpiredOnce()
    const locked = await lockedJobs()
    expect(locked).toBeGreaterThan(0)
    await ask(
      cluster.url,
      "update graphile_worker._private_jobs set locked_at = locked_at - interval '11 minutes' where locked_at is not null",
    )
    await ask(cluster.url, "select graphile_worker.add_job('free_orphaned_jobs')")
    await until(async () => (await lockedJobs()) === 0, 'the killed worker’s job is freed')
    await until(async () => (await dueOrdersLeft(cluster.url)) === 0, 'nothing is due')
    await everyOrderExpiredOnce()
    report('sweep-killed, next tick', { ...figures, 'jobs that were locked until freed': locked })
  })

  const forgetLockedJobs = () =>
    ask(cluster.url, 'delete from graphile_worker._private_jobs where locked_at is not null')
})
