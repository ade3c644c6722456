// Who gets in: a bearer token, or for a browser the cookie that the link /?token=… sets.
import { getCookie, setCookie } from 'hono/cookie'
import { type CountStranger, whence } from '../http/strangers.ts'
import { bearerToken, type ReadToken } from '../token.ts'
import { type AdminContext, type AdminHandler, adminRoles } from './context.ts'
import { problem } from './problems.ts'

const COOKIE = 'weelo_admin'

/** The cookie ends after a working day, the token in it perhaps sooner. */
const COOKIE_SECONDS = 12 * 60 * 60

type Door = { readToken: ReadToken; countStranger: CountStranger; isProduction: boolean }

/** The link for a browser: the token leaves the address bar and its history at once. */
export function enterByLink(door: Door): AdminHandler {
  return async (c, next) => {
    const token = c.req.query('token')
    if (token === undefined) return next()
    const refused = await refusedAtDoor(c, door, token)
    if (refused) return refused
    setCookie(c, COOKIE, token, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: COOKIE_SECONDS,
      secure: door.isProduction,
    })
    return c.redirect('/', 303)
  }
}

/** 401 without a usable token, 403 for a role that is not an admin's: before PostGraphile sees the request. */
export function authenticateAdmin(door: Door): AdminHandler {
  return async (c, next) => {
    const token = bearerToken(c.req.header('authorization')) ?? getCookie(c, COOKIE)
    return (await refusedAtDoor(c, door, token)) ?? (await next())
  }
}

/** The refusal, or undefined for an admin, who is then the request's caller. */
async function refusedAtDoor(c: AdminContext, { readToken, countStranger }: Door, token: string | undefined) {
  const caller = token === undefined ? undefined : await readToken(token)
  if (caller === undefined) {
    const seconds = await countStranger(whence(c))
    if (seconds > 0) {
      c.header('Retry-After', String(seconds))
      return problem(c, 'calls_without_sign_in_within_limit')
    }
  }
  if (!caller || caller === 'ended') {
    c.header('WWW-Authenticate', 'Bearer')
    return problem(c, 'token_is_valid')
  }
  c.set('caller', caller)
  return adminRoles.includes(caller.role) ? undefined : problem(c, 'role_is_admin')
}
