/** Every status of an order. */
export const statuses = [
  'active',
  'partially_filled',
  'fully_filled',
  'in_progress',
  'completed',
  'expired',
  'cancelled',
] as const

/** What the owner may try in psql: an order of two trucks moved by a plain update. Its values come from `byHand`. */
export const move = 'update app.orders set status = $2, trucks_filled = $3 where id = $1'

const filledFor: Record<string, number> = { active: 0, expired: 0, partially_filled: 1, cancelled: 0 }

/** The values of `move`: the status with as many trucks as fit it. */
export const byHand = (id: string, to: string): [string, string, number] => [id, to, filledFor[to] ?? 2]

/** Every status of a trip. */
export const tripStatuses = ['driver_accepted', 'in_transit', 'completed', 'withdrawn', 'cancelled'] as const
export type TripStatus = (typeof tripStatuses)[number]

/** What a truck request is while its trip has a status. */
export const requestOf: Record<TripStatus, string> = {
  driver_accepted: 'assigned',
  in_transit: 'in_progress',
  completed: 'completed',
  withdrawn: 'searching',
  cancelled: 'cancelled',
}

/** The trip $1 alone, moved by a plain update to the status $2, with the times that fit it. */
export const moveTripAlone = `update app.trips set status = $2,
  started_at = case when $2 in ('in_transit', 'completed') then coalesce(started_at, created_at) end,
  ended_at = case when $2 in ('completed', 'withdrawn', 'cancelled') then created_at end where id = $1`

/** The same, with its truck request: Postgres tries the trip first. */
export const moveTrip = `with request as (
    update app.truck_requests r
    set status = '${JSON.stringify(requestOf)}'::jsonb->>$2
    from app.trips t
    where t.id = $1 and r.customer_id = t.customer_id and r.order_id = t.order_id and r.request_number = t.request_number)
  ${moveTripAlone}`

/** How a trip gets to a status from driver_accepted. */
export const tripPath: Record<TripStatus, TripStatus[]> = {
  driver_accepted: [],
  in_transit: ['in_transit'],
  completed: ['in_transit', 'completed'],
  withdrawn: ['withdrawn'],
  cancelled: ['cancelled'],
}
