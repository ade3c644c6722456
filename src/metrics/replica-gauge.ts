import { Gauge, type Registry } from 'prom-client'
import type { Call } from '../db/pool.ts'
import { secondsBehind } from '../db/seconds-behind.ts'

/** Of the server that admins' queries read from, asked at each scrape. */
export function addReplica(register: Registry, call: Call): void {
  new Gauge({
    name: 'weelo_replica_seconds_behind',
    help: 'How far the replica of DATABASE_READ_URL is behind the primary. Absent: it does not answer, or cannot tell.',
    registers: [register],
    async collect() {
      const seconds = await secondsBehind(call).catch(() => null)
      if (seconds === null) this.remove()
      else this.set(seconds)
    },
  })
}
