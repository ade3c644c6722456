// The one table from a broken rule, or an SQLSTATE, to what the phone is told. The app steers by the wording: no
// message may hold network, timeout, connection or "unable to resolve host" (it would send the order seven times), and
// only the first may hold "active order" (it is the title of its screen).

export type Problem = { status: 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 503; code: string; message: string }

export const unavailable: Problem = {
  status: 503,
  code: 'SERVICE_UNAVAILABLE',
  message: 'The booking service is busy and nothing was changed. Please try again in a few seconds.',
}
export const unconfirmed: Problem = {
  status: 503,
  code: 'SERVICE_UNAVAILABLE',
  message:
    'The booking service did not answer, so we cannot say whether this worked. Please look at My Trips, then try again.',
}
export const invalid: Problem = {
  status: 400,
  code: 'VALIDATION_ERROR',
  message: 'Some details are missing or not valid, so nothing was changed. Please correct them and try again.',
}
const keyReused: Problem = {
  status: 409,
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'This booking attempt was already used for another booking. Please start a new booking.',
}
const moved: Problem = {
  status: 409,
  code: 'ORDER_STATUS_CONFLICT',
  message: 'The booking has moved on, so this can no longer be done. Please look at its status.',
}

const taken: Problem = {
  status: 409,
  code: 'TRUCK_REQUEST_TAKEN',
  message: 'This truck request is taken or no longer open, so no truck was promised. Please choose another one.',
}
const tripMoved: Problem = {
  status: 409,
  code: 'TRIP_STATUS_CONFLICT',
  message: 'The trip is not at the step for this, so nothing was changed. Please look at its status.',
}

export const problemByRule: Record<string, Problem> = {
  one_active_order_per_customer: {
    status: 409,
    code: 'ACTIVE_ORDER_EXISTS',
    message: 'You already have an active order. Please wait for it to complete or cancel it first.',
  },
  idempotency_key_means_one_order: keyReused,
  one_order_per_idempotency_key: keyReused,
  creates_per_minute_within_limit: {
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'You have made many bookings within a minute. Please wait a moment and try again.',
  },
  order_is_contended: unavailable,
  order_is_known: {
    status: 404,
    code: 'ORDER_NOT_FOUND',
    message: 'We could not find this booking in your account. Please open it again from My Trips.',
  },
  order_is_cancellable: {
    status: 409,
    code: 'ORDER_NOT_CANCELLABLE',
    message:
      'A truck is already on its way or done, so this booking cannot be cancelled any more. Please contact support.',
  },
  no_truck_is_assigned: {
    status: 409,
    code: 'TRUCK_ASSIGNED',
    message: 'A truck has been found for this booking, so it was not cancelled. Please open it in My Trips.',
  },
  truck_request_is_known: {
    status: 404,
    code: 'TRUCK_REQUEST_NOT_FOUND',
    message: 'We could not find this truck request, so no truck was promised. Please choose one from the list again.',
  },
  truck_request_is_searching: taken,
  one_trip_per_truck_request: taken,
  order_is_open: {
    status: 409,
    code: 'ORDER_CLOSED',
    message: 'This booking is filled or over, so it takes no more trucks. Please choose another truck request.',
  },
  one_live_trip_per_vehicle: {
    status: 409,
    code: 'VEHICLE_BUSY',
    message:
      'This vehicle is on another trip, so it was not promised. Please finish that trip or send another vehicle.',
  },
  one_live_trip_per_driver: {
    status: 409,
    code: 'DRIVER_BUSY',
    message: 'This driver is on another trip, so nothing was promised. Please finish that trip or send another driver.',
  },
  trip_is_known: {
    status: 404,
    code: 'TRIP_NOT_FOUND',
    message: 'We could not find this trip among yours, so nothing was changed. Please open it again from your trips.',
  },
  trip_starts_after_the_search: {
    status: 409,
    code: 'ORDER_STILL_SEARCHING',
    message:
      'The booking still searches for its other trucks, so the trip has not started. Please start it when the search has ended.',
  },
  trip_move_is_legal: tripMoved,
  trip_agrees_with_its_truck_request: tripMoved,
  trip_facts_never_change: tripMoved,
  trip_starts_accepted: tripMoved,
  driver_only_becomes_blank: tripMoved,
  truck_request_move_is_legal: moved,
  order_starts_active: moved,
  order_move_is_legal: moved,
  closed_order_never_changes: moved,
  order_events_are_append_only: moved,
  personal_facts_only_become_blank: moved,
  dispute_notes_only_grow_or_become_blank: moved,
  event_reason_only_becomes_blank: moved,
  customer_has_no_live_order: {
    status: 409,
    code: 'CUSTOMER_HAS_LIVE_ORDER',
    message:
      'A booking of this customer is not over, so nothing was erased. Please wait for its end or cancel it first.',
  },
  settings_row_stays: moved,
  request_is_valid: invalid,
  token_is_valid: {
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'You are not signed in, or your sign-in has ended. Please sign in again.',
  },
  role_is_customer: {
    status: 403,
    code: 'FORBIDDEN',
    message: 'This account cannot book trucks. Please sign in as a customer.',
  },
  role_is_transporter: {
    status: 403,
    code: 'FORBIDDEN',
    message: 'This account cannot offer trucks. Please sign in as a transporter.',
  },
  body_is_within_64_kib: {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The request is larger than 64 KiB, so nothing was changed. Please send fewer details.',
  },
  listeners_of_a_customer_within_limit: {
    status: 429,
    code: 'TOO_MANY_LISTENERS',
    message: 'Your account follows its bookings in too many places at once. Please close some of them, then try again.',
  },
  process_has_room_for_listeners: unavailable,
  calls_without_sign_in_within_limit: {
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message:
      'Too many requests without a good sign-in came from where you are. Please wait a moment, then sign in again.',
  },
  route_is_known: {
    status: 404,
    code: 'NOT_FOUND',
    message: 'There is nothing at this address. Please update the app.',
  },
}

export const internal: Problem = {
  status: 500,
  code: 'INTERNAL_ERROR',
  message: 'Something went wrong on our side. Please try again; if it goes on, tell support the request id.',
}

export const problemBySqlState: Record<string, Problem> = {
  '22': invalid, // data exception: a value that its column's type cannot hold
  '23502': invalid, // not null
  '23514': invalid, // check
  OR400: invalid,
  OR409: moved,
  OR503: unavailable,
  '40': unavailable, // transaction rollback
  '53': unavailable, // insufficient resources
  '55': unavailable, // lock not available
  '57014': unavailable, // statement cancelled
  '25006': unavailable, // the server has become a replica
  '57': unconfirmed, // the server is stopping or ended the session
  '08': unconfirmed, // the database went away
  '': internal,
}
