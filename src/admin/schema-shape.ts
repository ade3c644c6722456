// What admins see of schema api, and by which names. Nothing is shown unless it is named here and granted in
// sql/grants.sql; the descriptions are the comments in the database.
import type { PgAttribute } from 'postgraphile/graphile-build-pg/pg-introspection'
import { pgSmartTags } from 'postgraphile/utils'

type Tags = Record<string, string | true | string[]>

const view = (name: string, tags: Tags) => ({ kind: 'class' as const, match: `api.${name}`, tags })
const routine = (name: string, tags: Tags) => ({ kind: 'procedure' as const, match: `api.${name}`, tags })

/** Everything off; the tags below switch on what is shown. Every column of a shown view can be selected. */
export const nothingUnlessNamed = [
  '-connection -list -single -query:resource:connection -query:resource:list -resource:single',
  '-resource:connection:backwards -queryField -mutationField -typeField -filterBy -orderBy -insert -update -delete',
].join(' ')
const page = '+query:resource:connection +connection'
const list = '+queryField +queryField:resource:list -queryField:resource:connection'
const mutation = '+mutationField'

/** A view has no constraints of its own; these are what holds for the tables behind it. */
const views = [
  view('orders', {
    behavior: page,
    primaryKey: 'id|@fieldName order|@behavior +single',
    unique: 'customer_id,id',
    foreignKey: [
      '(status) references api.order_statuses (status)',
      '(stored_status) references api.order_statuses (status)',
    ],
  }),
  view('truck_requests', {
    behavior: page,
    primaryKey: 'order_id,request_number',
    foreignKey:
      '(customer_id, order_id) references api.orders (customer_id, id)|@fieldName order|@foreignFieldName truckRequests|@behavior +single +connection',
  }),
  view('order_events', {
    behavior: page,
    primaryKey: 'order_id,id',
    foreignKey: [
      '(customer_id, order_id) references api.orders (customer_id, id)|@fieldName order|@behavior +single -connection',
      '(from_status) references api.order_statuses (status)',
      '(to_status) references api.order_statuses (status)',
    ],
  }),
  view('trips', {
    behavior: page,
    primaryKey: 'id|@fieldName trip|@behavior +single',
    foreignKey: [
      '(customer_id, order_id) references api.orders (customer_id, id)|@fieldName order|@foreignFieldName trips|@behavior +single +connection',
      '(order_id, request_number) references api.truck_requests (order_id, request_number)|@fieldName truckRequest|@behavior +single -connection',
    ],
  }),
  view('disputes', {
    behavior: page,
    primaryKey: 'id',
    unique: 'customer_id,order_id',
    foreignKey:
      '(customer_id, order_id) references api.orders (customer_id, id)|@fieldName order|@foreignSingleFieldName dispute|@behavior +single -connection',
  }),
  view('settings', { name: 'settings' }),
  view('order_statuses', { enum: true, enumName: 'OrderStatus', primaryKey: 'status' }),
]

/** `rowType` names the type of a function's rows (naming.ts reads it). */
const routines = [
  routine('explain_customer', { behavior: list, rowType: 'customer_explanation' }),
  routine('order_counts', { behavior: list, rowType: 'order_count' }),
  routine('sweep_status', { behavior: list, name: 'sweeps', rowType: 'sweep' }),
  routine('order_timeline', { rowType: 'timeline_entry' }), // shown as Order.timeline, by extra-fields.ts
  routine('cancel_order', { name: 'cancel_order_of_customer' }), // not shown; the next one wants its name
  routine('cancel_order_by_id', { behavior: mutation, name: 'cancel_order', resultFieldName: 'order' }),
  routine('complete_trip', { behavior: mutation, resultFieldName: 'trip' }),
  routine('withdraw_trip', { behavior: mutation, resultFieldName: 'trip' }),
  routine('expire_due_orders', { behavior: mutation, resultFieldName: 'closedCount' }),
  routine('erase_customer', { behavior: mutation, resultFieldName: 'erasedCount' }),
  routine('change_settings', { behavior: mutation, resultFieldName: 'settings' }),
]

/** Columns by which a page can be sorted; what filters one is in filters.ts. */
const sortable: Record<string, string[]> = {
  orders: ['id', 'created_at', 'expires_at'],
  truck_requests: ['order_id', 'request_number'],
  order_events: ['order_id', 'id'],
  trips: ['id'],
  disputes: ['created_at'],
}

/** What may be null in these views; the database cannot say it of a view. */
const nullable: Record<string, string[]> = {
  orders: [
    'pickup_city',
    'pickup_state',
    'drop_city',
    'drop_state',
    'cargo_weight_kg',
    'scheduled_at',
    'cancel_reason',
    'erased_at',
    'erased_by',
  ],
  truck_requests: [],
  order_events: ['from_status', 'reason', 'trucks_filled', 'trucks_total', 'trip_id', 'trip_status'],
  trips: ['started_at', 'ended_at', 'end_reason'],
  disputes: [],
  settings: [],
}

const isInApi = (attribute: PgAttribute) => attribute.getClass()?.getNamespace()?.nspname === 'api'
const isNeverNull = (attribute: PgAttribute) =>
  isInApi(attribute) && nullable[attribute.getClass()?.relname ?? '']?.includes(attribute.attname) === false

const isSortable = (attribute: PgAttribute) =>
  isInApi(attribute) && sortable[attribute.getClass()?.relname ?? '']?.includes(attribute.attname) === true

export const schemaShape = pgSmartTags([
  ...views,
  ...routines,
  { kind: 'attribute', match: isSortable, tags: { behavior: '+attribute:orderBy' } },
  { kind: 'attribute', match: isNeverNull, tags: { notNull: true } },
])
