// The answers of the app's other screens, for /openapi.json only. There an order is called a booking, by the same id.
import { z } from '@hono/zod-openapi'
import { place, rupees, success, time } from './answer-schemas.ts'

const booking = z
  .object({
    id: z.uuid().openapi({ description: 'The order’s id' }),
    customerId: z.uuid(),
    customerName: z.string(),
    customerPhone: z.string(),
    pickup: place,
    drop: place,
    vehicleType: z.string().openapi({ description: 'Several types are joined by a comma', example: 'container, open' }),
    vehicleSubtype: z.string(),
    trucksNeeded: z.int(),
    trucksFilled: z.int(),
    pricePerTruck: rupees.openapi({ description: 'Whole rupees: the average, rounded down' }),
    totalAmount: rupees,
    distanceKm: z.int(),
    status: z.string(),
    createdAt: time,
    expiresAt: time,
    scheduledAt: time.optional(),
    completedAt: time.optional(),
    hasUnratedTrips: z.boolean(),
  })
  .openapi('Booking')

export const oneBooking = success(z.object({ booking }))
export const cancelledBooking = oneBooking.extend({ message: z.string() })
export const bookingList = success(z.object({ bookings: z.array(booking), total: z.int(), hasMore: z.boolean() }))
export const bookingTrucks = success(
  z.object({
    trucks: z.array(
      z.object({
        assignmentId: z.uuid().openapi({ description: 'The trip’s id' }),
        tripId: z.uuid(),
        vehicleNumber: z.string(),
        vehicleType: z.string(),
        driverName: z.string(),
        driverPhone: z.string(),
        status: z.enum(['driver_accepted', 'in_transit', 'completed']),
        assignedAt: time,
        driverTotalRatings: z.int(),
      }),
    ),
  }),
)
export const tracking = success(
  z.object({
    bookingId: z.uuid(),
    trucks: z.array(z.object({})).openapi({ description: 'Empty: this service knows no truck’s position' }),
  }),
)
export const dispute = success(
  z.object({
    disputeId: z.uuid(),
    stage: z.string(),
    message: z.string().openapi({ description: 'For the customer' }),
  }),
)
