import { z } from 'zod'
import type { RestContext } from './context.ts'
import { refusal } from './explain.ts'

/** Refuses request_is_valid with the path of each bad field. */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw refusal('request_is_valid', {
    fields: result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  })
}

/** The JSON body, whatever its content type says; no body at all counts as {}. */
export async function parseBody<T extends z.ZodType>(c: RestContext, schema: T): Promise<z.output<T>> {
  const bytes = await c.req.arrayBuffer()
  return check(schema, bytes.byteLength === 0 ? {} : parseJson(bytes))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseJson(bytes: ArrayBuffer): unknown {
  try {
    const text = utf8.decode(bytes)
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    throw refusal('request_is_valid', { fields: [{ path: '', message: 'the body is not JSON in UTF-8' }] })
  }
}

const uuid = z.guid()

/** An order id from the path; the app's booking screens call it a booking's. */
export const orderIdOf = (c: RestContext): string =>
  idOrRefusal(c.req.param('orderId') ?? c.req.param('bookingId'), 'order_is_known')

export const tripIdOf = (c: RestContext): string => idOrRefusal(c.req.param('tripId'), 'trip_is_known')

/** A malformed id answers like an unknown one, so that ids cannot be told apart by probing. */
function idOrRefusal(text: string | undefined, rule: string): string {
  const id = uuid.safeParse(text)
  if (!id.success) throw refusal(rule)
  return id.data
}
