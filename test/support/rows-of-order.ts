import { type Db, one } from './database.ts'

/** Everything of an order that a refusal might change, with the versions of its rows. */
export const rowsOfOrder = (db: Db, orderId: string) =>
  one(
    db,
    `select o.xmin, o.status, o.trucks_filled,
       (select json_agg(t.xmin || ' ' || t.status order by t.request_number) from app.truck_requests t where t.customer_id = o.customer_id and t.order_id = o.id) as requests,
       (select json_agg(t.xmin || ' ' || t.status order by t.id) from app.trips t where t.customer_id = o.customer_id and t.order_id = o.id) as trips,
       (select count(*)::integer from app.order_events e where e.customer_id = o.customer_id and e.order_id = o.id) as events
     from app.orders o where o.id = $1`,
    [orderId],
  )
