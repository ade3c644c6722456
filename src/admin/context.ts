import type { Context, MiddlewareHandler } from 'hono'
import type { Logged } from '../http/request-log.ts'
import type { Caller } from '../token.ts'

/** Roles that may enter. What each may do is decided in sql/grants.sql, for the database role weelo_<role>. */
export const adminRoles = ['admin', 'support']

export type AdminEnv = { Variables: Logged & { caller: Caller } }
export type AdminContext = Context<AdminEnv>
export type AdminHandler = MiddlewareHandler<AdminEnv>
