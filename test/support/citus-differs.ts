// Tests whose premise does not exist in a distributed database, each with the reason. `npm run test:citus` prints this list
// before it begins and counts them as skipped; whatever else fails there is a fault.

const statement =
  'a statement by hand that Citus itself refuses: a merge, a join or an update by what differs row by row'
const claims =
  'a vehicle or a driver given to a trip by hand: claimed first there, which sql/citus/live_trip_has_its_truck asks for'
const catalog = 'takes indexes, triggers or functions away in ways that Citus refuses or that break its own records'
const truncate = 'triggers of a whole statement: a shard has only those of rows, so a truncate is not refused there'
const customer = 'Citus itself refuses that a row goes to another customer, before the guard is asked'
const waits =
  'an accept does not wait there for a trip that is just ending: it is refused as busy, and free on the next attempt'
const savepoint = 'Citus gives up a session whose statement failed beside others at once, and says to begin a new one'
const unordered = 'compares rows in the order in which one server returns them'
const ids = 'compares event ids of two customers, which each server numbers from a range of its own'
const plans = 'asks one server how it planned or read, of which the coordinator knows nothing'
const count = 'Citus counts the rows that were offered, not those that a conflict left out; none is written'

/** File without .test.ts, words of the test's full name (all of it when empty), reason. */
export const differs: [file: string, words: string, reason: string][] = [
  ['queries/health', 'is not ok when an index', catalog],
  ['queries/health', 'is not ok when the index', catalog],
  ['queries/health', 'is not ok when the guard', catalog],
  ['queries/health', 'names every', catalog],
  ['helpers/create_limit', 'ends when the orders are a minute old', statement],
  ['helpers/create_limit', 'is planned once a session', plans],
  ['queries/open_truck_requests', 'until its page is full', plans],
  ['queries/order_counts', 'counts an order that was created at the first instant', statement],
  ['views/order_events', 'shows each event once', ids],
  ['views/order_events', 'shows what is written down', ids],
  ['views/disputes', 'shows every dispute', unordered],
  ['guards/closed_order_never_changes', 'keeps the status, times, counts', statement],
  ['guards/order_move_is_legal', 'merge into', statement],
  ['guards/order_move_is_legal', 'created_at = created_at', statement],
  ['guards/order_move_is_legal', 'expires_at = expires_at', statement],
  ['guards/order_move_is_recorded', 'moved by a merge', statement],
  ['guards/order_event_is_recorded', 'lets no order get another id', statement],
  ['guards/order_events_are_append_only', 'where false', truncate],
  ['guards/order_events_are_append_only', 'truncate', truncate],
  ['guards/settings_row_stays', 'truncate', truncate],
  ['guards/trip_event_is_recorded', 'dates each move by the trip’s own time', statement],
  ['guards/trip_event_is_recorded', 'appends nothing when the status stays', claims],
  ['guards/trip_facts_never_change', 'refuses another customer_id', customer],
  ['guards/trip_facts_never_change', 'refuses another created_at', statement],
  ['guards/trip_facts_never_change', 'keeps the vehicle and the times only once it has ended', claims],
  ['guards/trip_facts_never_change', 'is driver_accepted', claims],
  ['guards/trip_facts_never_change', 'is in_transit', claims],
  ['guards/trip_agrees_with_its_truck_request', 'accepted by hand while its truck request is', claims],
  ['guards/trip_agrees_with_its_truck_request', 'lets what is no move be written', claims],
  ['guards/trip_move_is_legal', 'refuses the whole of a statement', claims],
  ['guards/trip_starts_accepted', 'lets a trip be born driver_accepted', claims],
  ['commands/accept_truck_request', 'refuses null for argument', savepoint],
  ['guards/order_event_is_recorded', 'lets no order go to another customer', customer],
  ['races/staged-trips', 'whose last trip', waits],
  ['guards/unique_rules', 'refuses two in one statement', statement],
  ['guards/unique_rules', 'one by a merge', statement],
  ['guards/unique_rules', 'do nothing', count],
  ['guards/unique_rules', 'one_live_trip_per_vehicle and one_live_trip_per_driver', claims],
]

export function whyNot(file: string, fullName: string): string | undefined {
  return differs.find(([of, words]) => file.endsWith(`/${of}.test.ts`) && fullName.includes(words))?.[2]
}
