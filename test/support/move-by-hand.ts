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
