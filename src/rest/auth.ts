import { createHash } from 'node:crypto'
import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { Caller, RestContext, RestHandler } from './context.ts'
import { refusal } from './problems.ts'

const claims = z.object({
  userId: z.guid(),
  role: z.string(),
  phone: z.string().max(20),
  name: z.string().max(200).optional().catch(undefined),
})

/**
 * Lets a bearer token of the given role pass: HS256 only, `exp` required. Every other token gets the same 401, so that
 * nobody learns from the answer what was wrong with a forged one; a good token of another role gets 403.
 */
export function authenticate(secret: string, role: 'customer'): RestHandler {
  const key = new TextEncoder().encode(secret)
  return async (c, next) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    const caller = token === undefined ? undefined : await verify(token, key)
    if (!caller) throw refusal('token_is_valid')
    c.set('caller', { ...caller, hash: createHash('sha256').update(caller.userId).digest('hex').slice(0, 12) })
    if (caller.role !== role) throw refusal('role_is_customer')
    await next()
  }
}

async function verify(token: string, key: Uint8Array): Promise<z.infer<typeof claims> | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['exp'] })
    return claims.parse(payload)
  } catch {
    return undefined
  }
}

/** The authenticated caller. Only behind `authenticate`. */
export function callerOf(c: RestContext): Caller {
  const caller = c.get('caller')
  if (!caller) throw new Error('route is not behind authenticate()')
  return caller
}
