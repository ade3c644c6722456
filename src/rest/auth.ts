import { bearerToken, type Caller, tokenReader } from '../token.ts'
import type { RestContext, RestHandler } from './context.ts'
import { refusal } from './explain.ts'

export type Role = 'customer' | 'transporter'

/**
 * Lets a bearer token of the given role pass. Every unusable token gets the same 401, so that nobody learns from the
 * answer what was wrong with a forged one; a good token of another role gets 403.
 */
export function authenticate(secret: string, role: Role): RestHandler {
  const read = tokenReader(secret)
  return async (c, next) => {
    const token = bearerToken(c.req.header('authorization'))
    const caller = token === undefined ? undefined : await read(token)
    if (!caller) throw refusal('token_is_valid')
    c.set('caller', caller)
    if (caller.role !== role) throw refusal(`role_is_${role}`)
    await next()
  }
}

/** The authenticated caller. Only behind `authenticate`. */
export function callerOf(c: RestContext): Caller {
  const caller = c.get('caller')
  if (!caller) throw new Error('route is not behind authenticate()')
  return caller
}
