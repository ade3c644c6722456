// Every refusal, for /openapi.json only.
import { z } from '@hono/zod-openapi'

export const failure = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string().openapi({ description: 'For people' }),
      rule: z.string().optional().openapi({
        description: 'For programs: the rule that refused, one name each; absent where none did',
        example: 'truck_request_is_searching',
      }),
      data: z.looseObject({}).optional().openapi({ description: 'Facts that go with the rule' }),
    }),
    requestId: z.string(),
  })
  .openapi('Failure')
