import type pg from 'pg'

/** What only the database can judge, or judges last: its clock, its letters, and what was written before. */
const fieldByRule: Record<string, string> = {
  order_is_scheduled_at_most_a_year_ahead: 'scheduledAt',
  vehicle_number_is_1_to_20_characters_upper_case_without_spaces: 'vehicleNumber',
  driver_name_is_1_to_200_characters: 'driverName',
  driver_phone_has_10_digits: 'driverPhone',
  trip_end_reason_is_given: 'reason',
  trip_end_reason_is_at_most_500_characters: 'reason',
  dispute_reason_code_is_1_to_100_characters: 'reasonCode',
  dispute_notes_are_at_most_2000_characters: 'notes',
}

/** The database is the last to judge a value; its constraint's name says which and why. */
export function fieldAtFault(error: pg.DatabaseError) {
  const path = fieldByRule[error.constraint ?? ''] ?? error.column ?? error.constraint
  return path === undefined
    ? undefined
    : { fields: [{ path, message: `must satisfy ${error.constraint ?? 'its type'}` }] }
}
