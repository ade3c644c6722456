import type { Row } from './row.ts'
import { clients } from './rows/clients.ts'
import { create } from './rows/create.ts'
import { emptySweep } from './rows/empty-sweep.ts'
import { footprint } from './rows/footprint.ts'
import { http } from './rows/http.ts'
import { oldOrders } from './rows/old-orders.ts'
import { oneCustomer } from './rows/one-customer.ts'
import { readsRow } from './rows/reads.ts'
import { refused } from './rows/refused.ts'
import { roundTrips } from './rows/round-trips.ts'
import { shell } from './rows/shell.ts'
import { sweep } from './rows/sweep.ts'
import { sweepBeside } from './rows/sweep-beside.ts'

/** In the order in which they run: an empty sweep comes before creates fill the database of old orders. */
export const rows: Row[] = [
  create,
  refused,
  oneCustomer,
  http,
  shell,
  roundTrips,
  footprint,
  clients,
  emptySweep,
  readsRow,
  oldOrders,
  sweep,
  sweepBeside,
]
