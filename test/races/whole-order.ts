// What must be true of every order after every race, whoever won: its rows, its trips and its events tell one story.
import type { Db } from '../support/database.ts'

/** Sentences about one order `w`, as `facts` shows it; each holds for every order. */
const rules: Record<string, string> = {
  'has one truck request per truck asked for': 'w.requests = w.trucks_requested',
  'counts the truck requests that are filled':
    "w.filled = case w.status when 'cancelled' then 0 else w.trucks_filled end",
  'has a trip in the same state for each of them': 'w.filling = w.filled and w.strangers = 0',
  'keeps no vehicle and no driver once it is over': 'w.is_live or w.live_trips = 0',
  'seeks trucks while it is open, and only then': 'w.is_open = (w.searching > 0)',
  'is for the trucks that it has and seeks': `case
    when w.status = 'cancelled' then w.trucks_total <= w.cancelled
    when w.status = 'expired' then w.trucks_total = w.expired
    else w.trucks_total = w.filled + w.searching end`,
  'costs what these trucks cost': `case
    when w.status = 'cancelled' then w.total_amount <= w.cancelled_amount
    when w.status = 'expired' then w.total_amount = w.expired_amount
    else w.total_amount = w.wanted_amount end`,
  'lets go, when it is cancelled, of the trips that it had':
    "w.status <> 'cancelled' or w.trucks_filled = w.cancelled_trips",
  'is in progress from the first start to the last arrival': `(w.started > 0) = (w.status in ('in_progress', 'completed'))
    and (w.filled > 0 and w.arrived = w.filled) = (w.status = 'completed')`,
  'has told the last of it':
    '(w.told_status, w.told_filled, w.told_total) = (w.status, w.trucks_filled, w.trucks_total)',
  'has told it in legal steps': 'w.illegal_steps = 0',
  'has told of every trip, in legal steps': 'w.illegal_trip_steps = 0 and w.untold_trips = 0',
  'is the only open one of its customer': 'not w.is_open or w.open_orders = 1',
}

const own = (table: string, alias: string) =>
  `app.${table} ${alias} where ${alias}.customer_id = o.customer_id and ${alias}.order_id = o.id`

const facts = `
  select o.*, r.*, t.*, told.*, steps.*, trip_steps.*,
    (select count(*) from app.orders other where other.customer_id = o.customer_id and other.is_open) as open_orders
  from app.orders o
  cross join lateral (
    select count(*) as requests,
      count(*) filter (where r.is_filled) as filled,
      count(*) filter (where r.status = 'searching') as searching,
      count(*) filter (where r.status = 'cancelled') as cancelled,
      count(*) filter (where r.status = 'expired') as expired,
      count(*) filter (where r.status in ('in_progress', 'completed')) as started,
      count(*) filter (where r.status = 'completed') as arrived,
      coalesce(sum(r.price_per_truck) filter (where r.is_filled or r.status = 'searching'), 0) as wanted_amount,
      coalesce(sum(r.price_per_truck) filter (where r.status = 'cancelled'), 0) as cancelled_amount,
      coalesce(sum(r.price_per_truck) filter (where r.status = 'expired'), 0) as expired_amount,
      count(*) filter (where r.is_filled and not exists (
        select from ${own('trips', 't')} and t.request_number = r.request_number and t.fills_request
          and (t.status, r.status) in (('driver_accepted', 'assigned'), ('in_transit', 'in_progress'), ('completed', 'completed')))
      ) as strangers
    from ${own('truck_requests', 'r')}
  ) r
  cross join lateral (
    select count(*) filter (where t.fills_request) as filling,
      count(*) filter (where t.is_live) as live_trips,
      count(*) filter (where t.status = 'cancelled') as cancelled_trips,
      count(*) filter (where t.status is distinct from (
        select e.trip_status from ${own('order_events', 'e')} and e.trip_id = t.id order by e.id desc limit 1)) as untold_trips
    from ${own('trips', 't')}
  ) t
  cross join lateral (
    select e.to_status as told_status, e.trucks_filled as told_filled, e.trucks_total as told_total
    from ${own('order_events', 'e')} order by e.id desc limit 1
  ) told
  cross join lateral (
    select count(*) filter (where not case
        when e.from_status is null then e.before is null and e.to_status = 'active'
        when e.from_status is distinct from e.before then false
        when e.trip_id is not null then e.from_status = e.to_status
        else (e.from_status, e.to_status) in (select m.from_status, m.to_status from app.order_transitions m)
          and (e.to_status <> 'expired' or e.actor = 'clock') end) as illegal_steps
    from (select e.*, lag(e.to_status) over (order by e.id) as before from ${own('order_events', 'e')}) e
  ) steps
  cross join lateral (
    select count(*) filter (where (coalesce(e.before, 'nothing'), e.trip_status) not in (
        ('nothing', 'driver_accepted'), ('driver_accepted', 'in_transit'), ('driver_accepted', 'withdrawn'),
        ('driver_accepted', 'cancelled'), ('in_transit', 'completed'))) as illegal_trip_steps
    from (
      select e.trip_status, lag(e.trip_status) over (partition by e.trip_id order by e.id) as before
      from ${own('order_events', 'e')} and e.trip_id is not null
    ) e
  ) trip_steps
  where o.customer_id = any($1)`

const flaws = Object.entries(rules)
  .map(([rule, holds]) => `select w.id, w.status, '${rule}' as rule from w where (${holds}) is not true`)
  .join(' union all ')

/** Which of these customers' orders break which rule; nothing when all is well. */
export async function flawsIn(db: Db, ...customers: string[]): Promise<string[]> {
  const { rows } = await db.query({
    name: 'flaws',
    text: `with w as materialized (${facts}) ${flaws} order by 1, 3`,
    values: [customers],
  })
  return rows.map(({ id, status, rule }) => `order ${id}, ${status}, is not one that ${rule}`)
}
