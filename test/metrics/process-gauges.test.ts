import { Registry } from 'prom-client'
import { afterAll, describe, expect, it } from 'vitest'
import { makeCall, makePool } from '../../src/db/pool.ts'
import { addListeners, addPools, addRuntime } from '../../src/metrics/process-gauges.ts'
import { copyDatabase } from '../support/database.ts'
import { byLabel, samplesOf, totalOf } from '../support/samples.ts'
import { until } from '../support/until.ts'

const db = await copyDatabase()
const pool = makePool(db.restUrl, 1, () => {})
afterAll(() => pool.end())

const register = new Registry()
addRuntime(register)
addPools(register, { rest: pool, live: undefined })
let listening = { listeners: 0, subscriptions: 0 }
addListeners(register, () => listening)
const read = async () => samplesOf(await register.metrics())

describe('a pool', () => {
  const sessions = async () => byLabel(await read(), 'weelo_database_sessions', 'state')
  const waiting = async () => totalOf(await read(), 'weelo_database_waiting', { pool: 'rest' })

  it('shows a session that is held, a call that waits for it, and that both are over', async () => {
    expect([await sessions(), await waiting()]).toEqual([{ in_use: 0, idle: 0, most: 1 }, 0])
    const held = await pool.connect()
    expect([await sessions(), await waiting()]).toEqual([{ in_use: 1, idle: 0, most: 1 }, 0])
    const call = makeCall(pool)({ name: 'one', text: 'select 1', values: [] })
    await until(async () => (await waiting()) === 1, 'the call waits')
    held.release()
    await call
    expect([await sessions(), await waiting()]).toEqual([{ in_use: 0, idle: 1, most: 1 }, 0])
  })

  it('that a role does not open is left out', async () => {
    const pools = (await read()).flatMap(({ labels }) => labels.pool ?? [])
    expect([...new Set(pools)]).toEqual(['rest'])
  })
})

/** The runtime looks at the clock every ten milliseconds. */
const oneTurn = () => new Promise((resolve) => setTimeout(resolve, 20))

/** Where prom-client finds /proc. */
const onLinux = process.platform === 'linux' ? ['process_open_fds'] : []

it('the runtime tells its memory, its open files on Linux, and how late its event loop is', async () => {
  await until(async () => {
    const busyUntil = performance.now() + 250
    while (performance.now() < busyUntil); // nobody else is served meanwhile
    await oneTurn()
    return Number(totalOf(await read(), 'nodejs_eventloop_lag_max_seconds')) > 0.2
  }, 'the lag is seen')
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', ...onLinux])
    expect(totalOf(await read(), name)).toBeGreaterThan(0)
})

it('who listens is asked for at each scrape', async () => {
  const told = async () =>
    ['weelo_live_listeners', 'weelo_live_subscriptions'].map(async (name) => totalOf(await read(), name))
  expect(await Promise.all(await told())).toEqual([0, 0])
  listening = { listeners: 3, subscriptions: 2 }
  expect(await Promise.all(await told())).toEqual([3, 2])
})
