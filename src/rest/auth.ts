import { whence } from '../http/strangers.ts'
import { bearerToken, type Caller } from '../token.ts'
import type { RestContext, RestDeps, RestHandler } from './context.ts'
import { refusal } from './explain.ts'

export type Role = 'customer' | 'transporter'

/**
 * Lets a bearer token of the given role pass. Every unusable token gets the same 401, so that nobody learns from the
 * answer what was wrong with a forged one; a good token of another role gets 403.
 */
export function authenticate(deps: RestDeps, role: Role): RestHandler {
  return async (c, next) => {
    const caller = await callerOrStranger(c, deps)
    if (!caller || caller === 'ended') throw refusal('token_is_valid')
    c.set('caller', caller)
    if (caller.role !== role) throw refusal(`role_is_${role}`)
    await next()
  }
}

/**
 * Who asks; a stranger is counted. A phone whose sign-in has ended is none: it must hear 401, at which it signs in again,
 * however many strangers share its address.
 */
export async function callerOrStranger(c: RestContext, { readToken, countStranger }: RestDeps) {
  const token = bearerToken(c.req.header('authorization'))
  const caller = token === undefined ? undefined : await readToken(token)
  if (!caller) refuseFor(await countStranger(whence(c)))
  return caller
}

export function refuseFor(retryAfterSeconds: number): void {
  if (retryAfterSeconds > 0) throw refusal('calls_without_sign_in_within_limit', { retryAfterSeconds })
}

/** The authenticated caller. Only behind `authenticate`. */
export function callerOf(c: RestContext): Caller {
  const caller = c.get('caller')
  if (!caller) throw new Error('route is not behind authenticate()')
  return caller
}
