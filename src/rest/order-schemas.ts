// What a create may say. Wider than the app's own screens where the contract says so: any distance, price or catalogue
// name, no city or state, coordinates of 0.0. Unknown keys are dropped; a null counts as absent.
import { z } from '@hono/zod-openapi'

/** What Postgres can store: no NUL, no half of a pair. */
export const storableText = z
  .string()
  .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be text without NUL or broken characters')

/** Counted in characters, as Postgres counts them. */
export const text = (max: number) =>
  storableText.min(1).refine((value) => [...value].length <= max, `must be at most ${max} characters`)

const place = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  address: text(500),
  city: text(100).nullish(),
  state: text(100).nullish(),
})

const truckLine = z.object({
  vehicleType: text(100),
  vehicleSubtype: text(100),
  quantity: z.int().min(1).max(100),
  pricePerTruck: z.int().min(0).max(1_000_000),
})

const trucksOf = (lines: { quantity: number }[]) => lines.reduce((sum, line) => sum + line.quantity, 0)

export const createOrderBody = z
  .object({
    pickup: place,
    drop: place,
    routePoints: z
      .array(place.extend({ type: z.enum(['PICKUP', 'STOP', 'DROP']) }))
      .max(5)
      .refine((points) => points.length !== 1, 'must hold no point or 2 to 5')
      .nullish(),
    distanceKm: z.int().min(1).max(5000),
    vehicleRequirements: z
      .array(truckLine)
      .min(1)
      .max(60)
      .refine((lines) => trucksOf(lines) <= 600, 'must ask for at most 600 trucks in all'),
    goodsType: text(100).nullish(),
    cargoWeightKg: z.int().min(0).max(1_000_000).nullish(),
    scheduledAt: z.iso
      .datetime({ offset: true })
      .refine(
        (value) => !value.startsWith('0000') && /(Z|[+-](0\d|1[0-4]):\d\d)$/.test(value),
        'must be a time with its zone',
      )
      .nullish(),
  })
  .openapi('CreateOrder')

export const idempotencyKey = z
  .string()
  .max(255)
  .refine((value) => !value.includes('\0'))
  .optional()

/** Up to 500 characters; none is as good as absent. */
export const words = text(500).or(z.literal('')).nullish()

export const cancelBody = z.object({ reason: words }).openapi('CancelOrder')

export const disputeBody = z.object({ reasonCode: text(100).nullish(), notes: words }).openapi('DisputeCancel')

export const listQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
