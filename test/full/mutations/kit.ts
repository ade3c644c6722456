// How a mutation is written down, and the test files that should miss the rule.
import type { Mutation } from '../../support/mutation.ts'

export type Mutations = (Mutation & { rule: string; tests: string[] })[]

export const create = 'test/commands/create_order'
export const cancel = 'test/commands/cancel_order'
export const commands = 'test/commands/'
export const accept = 'test/commands/accept_truck_request'
export const start = 'test/commands/start_trip'
export const complete = 'test/commands/complete_trip'
export const withdraw = 'test/commands/withdraw_trip'
export const oneCustomer = 'test/commands/one_customer_only'
export const cancelSearch = 'test/commands/cancel_search'
export const dispute = 'test/commands/dispute_cancel'
export const erase = 'test/commands/erase_customer'
export const helpers = 'test/helpers/'
export const guards = 'test/guards/'
export const tripEvent = 'test/guards/trip_event_is_recorded'
export const agrees = 'test/guards/trip_agrees_with_its_truck_request'
export const facts = 'test/guards/trip_facts_never_change'
export const queries = 'test/queries/'
export const views = 'test/views/'
export const roles = 'test/catalog/roles'
export const sweeps = 'test/sweeps/'
export const staged = 'test/races/staged'
export const interleavings = 'test/races/interleavings'
export const churn = 'test/races/churn'
export const erasing = 'test/races/staged-erasing'
export const accepts = 'test/races/accepts'
export const stagedTrips = 'test/races/staged-trips'
export const interleavingsOfTrips = 'test/races/interleavings-of-trips'
export const feed = 'test/live/order-feed'
export const sockets = 'test/live/sockets'
export const orderEvents = 'test/rest/order-events'
export const restCreate = 'test/rest/create-order'
export const newerOrders = 'test/rest/newer-orders'
export const restRead = 'test/rest/read-and-cancel'

export type Change = [rule: string, tests: string[], replace: string, by: string]
export const inFile = (file: string, changes: Change[]) =>
  changes.map(([rule, tests, replace, by]) => ({ rule: `${file}: ${rule}`, tests, file, replace, by }))
export const withSql = (rule: string, tests: string[], sql: string) => ({ rule, tests, sql })

/** A row value of these columns but one. */
export const fieldsOf = (record: string, columns: string[], without?: string) =>
  `(${columns
    .filter((column) => column !== without)
    .map((column) => `${record}.${column}`)
    .join(', ')})`
