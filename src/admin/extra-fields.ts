// Two fields that PostGraphile does not make by itself: the one row of settings, and an order's timeline.
import { type PgSelectSingleStep, TYPES } from 'postgraphile/@dataplan/pg'
import { extendSchema, gql } from 'postgraphile/utils'

export const extraFields = extendSchema((build) => {
  const { settings, order_timeline } = build.pgResources
  if (!settings || !order_timeline) throw new Error('api.settings or api.order_timeline is not granted to weelo_admin')
  return {
    typeDefs: gql`
      extend type Query {
        """The numbers that operations may change while the service runs."""
        settings: Settings!
      }
      extend type Order {
        """What happened to the order, in order; recordedAt is null for a move of the clock that nothing has written down yet."""
        timeline: [TimelineEntry!]!
      }
    `,
    objects: {
      Query: { plans: { settings: () => settings.find().single() } },
      Order: {
        plans: {
          timeline: ($order: PgSelectSingleStep) =>
            order_timeline.execute([{ step: $order.get('id'), pgCodec: TYPES.uuid }]),
        },
      },
    },
  }
})
