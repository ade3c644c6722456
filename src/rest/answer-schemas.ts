// The answers, for /openapi.json only: SQL writes them, and the contract tests hold them against the app's schemas.
import { z } from '@hono/zod-openapi'

export const time = z
  .string()
  .openapi({ format: 'date-time', description: 'UTC with milliseconds and Z', example: '2026-02-03T10:12:12.345Z' })
export const rupees = z.int().openapi({ description: 'Whole rupees' })
export const place = z.object({
  coordinates: z.object({ latitude: z.number(), longitude: z.number() }),
  address: z.string(),
  city: z.string().optional(),
  state: z.string().optional(),
})

const order = z
  .object({
    id: z.uuid(),
    customerId: z.uuid(),
    customerName: z.string(),
    customerPhone: z.string(),
    pickup: place,
    drop: place,
    distanceKm: z.int(),
    totalTrucks: z.int(),
    trucksFilled: z.int(),
    totalAmount: rupees,
    goodsType: z.string(),
    weight: z.string().optional(),
    scheduledAt: time.optional(),
    status: z.string(),
    expiresAt: time,
    expiresIn: z.int().openapi({ description: 'Seconds left of the search' }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Order')

const truckRequest = z
  .object({
    id: z.string().openapi({ description: '<order id>.<request number>' }),
    orderId: z.uuid(),
    requestNumber: z.int(),
    vehicleType: z.string(),
    vehicleSubtype: z.string(),
    pricePerTruck: rupees,
    status: z.string(),
    createdAt: time,
    updatedAt: time,
    assignedTransporterId: z.uuid().optional(),
    assignedVehicleNumber: z.string().optional(),
    assignedDriverName: z.string().optional(),
    assignedDriverPhone: z.string().optional(),
    tripId: z.uuid().optional(),
    assignedAt: time.optional(),
  })
  .openapi('TruckRequest')

export const success = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data })

export const createdOrder = success(
  z.object({
    order,
    truckRequests: z.array(truckRequest),
    broadcastSummary: z.object({
      totalRequests: z.int(),
      groupedBy: z.array(
        z.object({
          vehicleType: z.string(),
          vehicleSubtype: z.string(),
          count: z.int(),
          transportersNotified: z.int(),
        }),
      ),
      totalTransportersNotified: z.int(),
    }),
    timeoutSeconds: z.int(),
    serverTimeMs: z.int(),
  }),
)
export const activeOrder = success(
  z.object({
    hasActiveOrder: z.boolean(),
    activeOrder: z
      .object({ orderId: z.uuid(), status: z.string(), createdAt: time, expiresAt: time, remainingSeconds: z.int() })
      .optional(),
  }),
)
export const orderStatus = success(
  z.object({
    orderId: z.uuid(),
    status: z.string(),
    isActive: z.boolean(),
    remainingSeconds: z.int(),
    expiresAt: time,
    reasonCode: z.string().optional(),
    serverTimeMs: z.int(),
  }),
)
export const orderDetail = success(
  z.object({
    order,
    requests: z.array(truckRequest),
    summary: z.object({
      totalTrucks: z.int(),
      trucksFilled: z.int(),
      trucksSearching: z.int(),
      trucksExpired: z.int(),
    }),
  }),
)
export const orderList = success(
  z.object({
    orders: z.array(
      order.omit({ expiresIn: true }).extend({
        requestsSummary: z.object({
          total: z.int(),
          searching: z.int(),
          assigned: z.int(),
          completed: z.int(),
          expired: z.int(),
        }),
      }),
    ),
    total: z.int(),
    hasMore: z.boolean(),
  }),
)
export const cancelledOrder = success(
  z.object({ orderId: z.uuid(), status: z.string(), reason: z.string().optional(), cancelledAt: time.optional() }),
).extend({ message: z.string() })
export const cancelPreview = success(
  z.object({
    orderId: z.uuid(),
    policyStage: z.string(),
    cancelDecision: z.enum(['allowed', 'blocked_dispute_only']),
    reasonRequired: z.boolean(),
    pendingPenaltyAmount: rupees,
    serverTimeMs: z.int(),
  }),
)
