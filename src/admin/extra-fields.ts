// Fields that PostGraphile does not make by itself: the one row of settings, and what two functions say of an order.
import { type PgSelectSingleStep, TYPES } from 'postgraphile/@dataplan/pg'
import { extendSchema, gql } from 'postgraphile/utils'

export const extraFields = extendSchema((build) => {
  const { settings, order_timeline, explain_customer } = build.pgResources
  if (!settings || !order_timeline || !explain_customer)
    throw new Error('api.settings, api.order_timeline or api.explain_customer is not there')
  return {
    typeDefs: gql`
      extend type Query {
        """The numbers that operations may change while the service runs."""
        settings: Settings!
      }
      extend type Order {
        """What happened to the order, in order; recordedAt is null for a move of the clock that nothing has written down yet."""
        timeline: [TimelineEntry!]!
        """Why this order's customer can or cannot book now: what explainCustomer says."""
        customerExplanation: [CustomerExplanation!]!
      }
    `,
    objects: {
      Query: { plans: { settings: () => settings.find().single() } },
      Order: {
        plans: {
          timeline: ($order: PgSelectSingleStep) =>
            order_timeline.execute([{ step: $order.get('id'), pgCodec: TYPES.uuid }]),
          customerExplanation: ($order: PgSelectSingleStep) =>
            explain_customer.execute([{ step: $order.get('customer_id'), pgCodec: TYPES.uuid }]),
        },
      },
    },
  }
})
