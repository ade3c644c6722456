// What only two at once can miss.
import {
  accepts,
  cancel,
  dispute,
  inFile,
  interleavings,
  interleavingsOfTrips,
  type Mutations,
  staged,
  stagedTrips,
  withdraw,
  withSql,
} from './kit.ts'

export const tripRaces: Mutations = [
  withSql('the index one_live_trip_per_vehicle, by races', [accepts], 'drop index app.one_live_trip_per_vehicle'),
  withSql('the index one_live_trip_per_vehicle, staged', [stagedTrips], 'drop index app.one_live_trip_per_vehicle'),
  withSql('the index one_live_trip_per_driver, by races', [accepts], 'drop index app.one_live_trip_per_driver'),
  withSql(
    'the index one_active_order_per_customer, by interleaved trips',
    [interleavingsOfTrips],
    'drop index app.one_active_order_per_customer',
  ),
  withSql(
    'the guard trip_event_is_recorded, by interleaved trips',
    [interleavingsOfTrips],
    'drop trigger trip_event_is_recorded on app.trips',
  ),
  ...inFile('helpers/lock_order.sql', [
    ['for update, by races of trips', [accepts], '\n  for update;', ';'],
    ['for update, by staged trips', [stagedTrips], '\n  for update;', ';'],
    ['for update, by interleaved trips', [interleavingsOfTrips], '\n  for update;', ';'],
  ]),
  ...inFile('commands/withdraw_trip.sql', [
    ['another order meanwhile', [stagedTrips], ' or unique_violation', ''],
    ['another order meanwhile, by interleavings', [interleavingsOfTrips], ' or unique_violation', ''],
    ['judging once more', [stagedTrips], '1..2', '1..1'],
    ['another order meanwhile, by its rule', [stagedTrips], ", 'one_active_order_per_customer')", ')'],
    ['the end of the search meanwhile', [accepts], "('order_move_is_legal', ", '('],
    [
      'nothing else is judged once more',
      [withdraw],
      "v_rule not in ('order_move_is_legal', 'one_active_order_per_customer')",
      'false',
    ],
  ]),
  ...inFile('commands/cancel_search.sql', [
    [
      'the lock',
      [accepts],
      'api.lock_unless_over(p_customer_id, p_order_id)',
      'api.known_order(p_customer_id, p_order_id)',
    ],
  ]),
  ...inFile('helpers/lock_unless_over.sql', [
    ['what is over waits for nobody', [stagedTrips], 'if not v_stored.is_live then', 'if false then'],
    ['what is over burns no transaction id', ['test/races/refusals'], 'if not v_stored.is_live then', 'if false then'],
    [
      'what is merely due is not over',
      [stagedTrips],
      'if not v_stored.is_live then',
      'if not (api.order_at(v_stored, clock_timestamp())).is_live then',
    ],
    ['only a known order', [cancel], 'if v_stored.id is null then', 'if false then'],
    ['the lock', [staged, interleavings], 'return api.lock_order(p_customer_id, p_order_id)', 'return v_stored'],
  ]),
  ...inFile('helpers/insert_trip.sql', [
    ['on conflict do nothing, by races', [accepts], '    on conflict do nothing\n', ''],
  ]),
  ...inFile('helpers/write_cancel.sql', [
    ['the trips, by interleavings', [interleavingsOfTrips], 'if v_order.trucks_filled > 0 then', 'if false then'],
  ]),
  ...['trips_by_vehicle_number', 'trips_by_driver_phone', 'disputes_by_created_at'].map((index) =>
    withSql(`the index ${index}`, ['test/catalog/plans'], `drop index app.${index}`),
  ),
  withSql(
    'the ids of disputes differ at once',
    [dispute],
    'alter table app.disputes alter column id set default app.uuid_v7()',
  ),
]
