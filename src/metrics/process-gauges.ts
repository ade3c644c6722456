// What is true of this process at the moment somebody scrapes it.
import type pg from 'pg'
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/** Memory, CPU, open files, event loop lag and garbage collection, under Prometheus' usual names. Once a process. */
export const addRuntime = (register: Registry): void => collectDefaultMetrics({ register })

/** How busy each pool is; one that is absent in this role is left out. */
export function addPools(register: Registry, pools: Record<string, pg.Pool | undefined>): void {
  const here = Object.entries(pools).flatMap(([pool, of]) => (of ? [{ pool, of }] : []))
  new Gauge({
    name: 'weelo_database_sessions',
    help: 'Sessions of a pool: in use, idle, and the most it may have.',
    labelNames: ['pool', 'state'],
    registers: [register],
    collect() {
      for (const { pool, of } of here) {
        this.set({ pool, state: 'in_use' }, of.totalCount - of.idleCount)
        this.set({ pool, state: 'idle' }, of.idleCount)
        this.set({ pool, state: 'most' }, of.options.max)
      }
    },
  })
  new Gauge({
    name: 'weelo_database_waiting',
    help: 'Calls that wait for a session of a pool; they give up after two seconds.',
    labelNames: ['pool'],
    registers: [register],
    collect() {
      for (const { pool, of } of here) this.set({ pool }, of.waitingCount)
    },
  })
}

/** Who listens to live events here. */
export function addListeners(register: Registry, count: () => { listeners: number; subscriptions: number }): void {
  new Gauge({
    name: 'weelo_live_listeners',
    help: 'Sockets and streams of this process.',
    registers: [register],
    collect() {
      this.set(count().listeners)
    },
  })
  new Gauge({
    name: 'weelo_live_subscriptions',
    help: 'Orders that they listen to; looked at four times a second.',
    registers: [register],
    collect() {
      this.set(count().subscriptions)
    },
  })
}
