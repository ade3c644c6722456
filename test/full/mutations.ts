// Every rule of sql/ that can be taken away by one change of text, and the files whose tests should miss it.
import { admins } from './mutations/admins.ts'
import { aroundTrips } from './mutations/around-trips.ts'
import type { Mutations } from './mutations/kit.ts'
import { operation } from './mutations/operation.ts'
import { orderRules } from './mutations/order-rules.ts'
import { orders } from './mutations/orders.ts'
import { rest } from './mutations/rest.ts'
import { retention } from './mutations/retention.ts'
import { rights } from './mutations/rights.ts'
import { tripRaces } from './mutations/trip-races.ts'
import { tripRules } from './mutations/trip-rules.ts'
import { trips } from './mutations/trips.ts'

export const mutations: Mutations = [
  ...orderRules,
  ...orders,
  ...admins,
  ...trips,
  ...aroundTrips,
  ...tripRules,
  ...rights,
  ...tripRaces,
  ...rest,
  ...operation,
  ...retention,
]
