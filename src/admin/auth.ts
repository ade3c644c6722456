// Who gets in: a bearer token, or for a browser the cookie that the link /?token=… sets.
import { getCookie, setCookie } from 'hono/cookie'
import { bearerToken, tokenReader } from '../token.ts'
import { type AdminHandler, adminRoles } from './context.ts'
import { problem } from './problems.ts'

const COOKIE = 'weelo_admin'

/** The cookie ends after a working day, the token in it perhaps sooner. */
const COOKIE_SECONDS = 12 * 60 * 60

type Door = { jwtSecret: string; isProduction: boolean }

/** The link for a browser: the token leaves the address bar and its history at once. */
export function enterByLink({ jwtSecret, isProduction }: Door): AdminHandler {
  const read = tokenReader(jwtSecret)
  return async (c, next) => {
    const token = c.req.query('token')
    if (token === undefined) return next()
    const caller = await read(token)
    if (!caller) return problem(c, 'token_is_valid')
    if (!adminRoles.includes(caller.role)) return problem(c, 'role_is_admin')
    setCookie(c, COOKIE, token, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      maxAge: COOKIE_SECONDS,
      secure: isProduction,
    })
    return c.redirect('/', 303)
  }
}

/** 401 without a usable token, 403 for a role that is not an admin's: before PostGraphile sees the request. */
export function authenticateAdmin(jwtSecret: string): AdminHandler {
  const read = tokenReader(jwtSecret)
  return async (c, next) => {
    const token = bearerToken(c.req.header('authorization')) ?? getCookie(c, COOKIE)
    const caller = token === undefined ? undefined : await read(token)
    if (!caller) {
      c.header('WWW-Authenticate', 'Bearer')
      return problem(c, 'token_is_valid')
    }
    c.set('caller', caller)
    if (!adminRoles.includes(caller.role)) return problem(c, 'role_is_admin')
    await next()
  }
}
