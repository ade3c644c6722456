// What a transporter may say, and the answers, for /openapi.json.
import { z } from '@hono/zod-openapi'
import { place, rupees, success, time } from './answer-schemas.ts'
import { listQuery, storableText, text, words } from './order-schemas.ts'

const withoutSpaces = (value: string) => value.replaceAll(/\s/g, '')

export const openTruckRequestsQuery = listQuery.extend({
  vehicleType: text(100).optional(),
  vehicleSubtype: text(100).optional().openapi({ example: '17ft' }),
})

export const acceptBody = z
  .object({
    truckRequestId: storableText.openapi({ description: '<order id>.<request number>' }),
    vehicleNumber: storableText
      .refine(
        (value) => withoutSpaces(value) !== '' && [...withoutSpaces(value)].length <= 20,
        'must have 1 to 20 characters, spaces not counted',
      )
      .openapi({ description: '1 to 20 characters, spaces not counted', example: 'MH 12 AB 1234' }),
    driverName: text(200),
    driverPhone: storableText
      .refine((value) => /^[0-9]{10}$/.test(withoutSpaces(value)), 'must have ten digits, spaces not counted')
      .openapi({ description: 'Ten digits, spaces not counted', example: '98765 43210' }),
  })
  .openapi('AcceptTruckRequest')

export const withdrawBody = z.object({ reason: words }).openapi('WithdrawTrip')

const trip = z
  .object({
    tripId: z.uuid(),
    assignmentId: z.uuid(),
    orderId: z.uuid(),
    truckRequestId: z.string(),
    status: z.enum(['driver_accepted', 'in_transit', 'completed', 'withdrawn', 'cancelled']),
    vehicleNumber: z.string().openapi({ description: 'In upper case and without spaces' }),
    vehicleType: z.string(),
    vehicleSubtype: z.string(),
    pricePerTruck: rupees,
    driverName: z.string(),
    driverPhone: z.string(),
    pickup: place,
    drop: place,
    customerName: z.string().optional().openapi({ description: 'Only while the trip is live' }),
    customerPhone: z.string().optional().openapi({ description: 'Only while the trip is live' }),
    createdAt: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    reason: z.string().optional().openapi({ description: 'Why it ended' }),
  })
  .openapi('Trip')

export const oneTrip = success(z.object({ trip }))
export const tripList = success(
  z.object({ trips: z.array(trip), page: z.int(), limit: z.int(), total: z.int(), hasMore: z.boolean() }),
)
export const openTruckRequests = success(
  z.object({
    truckRequests: z.array(
      z.object({
        truckRequestId: z.string().openapi({ description: '<order id>.<request number>' }),
        orderId: z.uuid(),
        requestNumber: z.int(),
        vehicleType: z.string(),
        vehicleSubtype: z.string(),
        pricePerTruck: rupees,
        pickup: place,
        drop: place,
        stops: z.array(place),
        distanceKm: z.int(),
        goodsType: z.string(),
        weight: z.string().optional(),
        scheduledAt: time.optional(),
        createdAt: time,
        expiresAt: time,
        remainingSeconds: z.int().openapi({ description: 'Seconds left of the search' }),
      }),
    ),
    page: z.int(),
    limit: z.int(),
  }),
)
