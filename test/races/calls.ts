// What may be called about an order, as statements with their values.
import { acceptSql, createOrderSql, newId, newTruck } from '../support/make.ts'
import type { Call } from './rivals.ts'

type OrderKey = { customer: string; id: string }
type Truck = ReturnType<typeof newTruck>

export const accept = (order: OrderKey, number = 1, truck: Truck = newTruck(), transporter = newId()): Call => [
  acceptSql,
  [`${order.id}.${number}`, transporter, truck.vehicle, truck.driver, truck.phone],
]
export const cancel = ({ customer, id }: OrderKey): Call => ['select * from api.cancel_order($1, $2)', [customer, id]]
export const cancelSearch = ({ customer, id }: OrderKey): Call => [
  'select * from api.cancel_search($1, $2)',
  [customer, id],
]
export const create = (customer: string): Call => [createOrderSql(), [customer]]
export const close = ({ customer, id }: OrderKey): Call => ['select * from api.close_due_order($1, $2)', [customer, id]]
export const sweep = (limit = 1000): Call => ['select api.expire_due_orders($1) as closed', [limit]]
export const start = (trip: string): Call => ['select * from api.start_trip($1)', [trip]]
export const complete = (trip: string): Call => ["select * from api.complete_trip($1, 'arrived')", [trip]]
export const withdraw = (trip: string): Call => ["select * from api.withdraw_trip($1, 'the truck broke down')", [trip]]
