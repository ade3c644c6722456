import type { Registry } from 'prom-client'
import type { Databases } from '../databases.ts'
import { makeCall } from '../db/pool.ts'
import { type HealthDeps, readReadiness } from '../http/health.ts'
import { addDatabase } from './database-gauges.ts'
import { addPools, addRuntime } from './process-gauges.ts'
import { addReplica } from './replica-gauge.ts'

/** All that every role tells of itself and of the database. Returns the reading to be done before each scrape. */
export function addProcess(register: Registry, databases: Databases, health: HealthDeps): () => Promise<void> {
  const { rest, live, admin, replica, owner, health: checks } = databases
  addRuntime(register)
  addPools(register, { rest, live, admin, replica, worker: owner, health: checks })
  if (replica) addReplica(register, makeCall(replica))
  return addDatabase(register, health.call, () => readReadiness(health))
}
