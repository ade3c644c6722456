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

/** A trip of the id $1 moved by a plain update to the status $2, with the times that fit it. */
export const moveTrip = `update app.trips set status = $2,
  started_at = case when $2 in ('in_transit', 'completed') then clock_timestamp() end,
  ended_at = case when $2 in ('completed', 'withdrawn', 'cancelled') then clock_timestamp() end where id = $1`

/** How a trip gets to a status from driver_accepted. */
export const tripPath: Record<TripStatus, TripStatus[]> = {
  driver_accepted: [],
  in_transit: ['in_transit'],
  completed: ['in_transit', 'completed'],
  withdrawn: ['withdrawn'],
  cancelled: ['cancelled'],
}
