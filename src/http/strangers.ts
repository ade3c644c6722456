// How much may be asked without a sign-in from one address. Who shows a token of ours is not counted: thousands of
// phones share an address of their telephone company.
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import type { Logger } from 'pino'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Phones whose sign-in has ended and who sign in again; somebody who tries tokens or addresses sends more. */
export const STRANGERS_PER_MINUTE = 300

type Whence = { forwardedFor: string | undefined; remote: string | undefined }

/**
 * Counts a request that has shown no token of ours. Returns for how many seconds it is refused because its address has
 * sent too many in a minute; 0 lets it pass.
 */
export type CountStranger = (from: Whence) => Promise<number>

/** Where a request says it comes from, and where it does. */
export const whence = (c: Context): Whence => ({
  forwardedFor: c.req.header('x-forwarded-for'),
  remote: getConnInfo(c).remote.address,
})

/** `trustedProxies`: how many in front of us append to X-Forwarded-For; without any, that header is said to `log` once. */
export function strangersWithinLimit(trustedProxies: number, log?: Logger): CountStranger {
  const limiter = new RateLimiterMemory({ points: STRANGERS_PER_MINUTE, duration: 60 })
  let hasComplained = false
  return async (from) => {
    if (trustedProxies === 0 && from.forwardedFor && !hasComplained) {
      hasComplained = true
      log?.warn('X-Forwarded-For came and is not believed: behind a proxy set TRUSTED_PROXIES, or all share one limit')
    }
    try {
      await limiter.consume(network(addressOf(from, trustedProxies)))
      return 0
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      return Math.max(1, Math.ceil(error.msBeforeNext / 1000))
    }
  }
}

/** The last proxy appends whom it heard, some with the port; what stands before that anybody may have written. */
function addressOf({ forwardedFor = '', remote = '' }: Whence, trustedProxies: number): string {
  const told = trustedProxies > 0 ? (forwardedFor.split(',').at(-trustedProxies)?.trim() ?? '') : ''
  const address = /^\[(.+)\](?::\d+)?$/.exec(told)?.[1] ?? /^([\d.]+):\d+$/.exec(told)?.[1] ?? told
  return isIP(address) ? address : remote
}

/** Of IPv6 one customer has 2^64 addresses, each of which can be written in many ways. */
function network(address: string): string {
  if (!isIPv6(address)) return address
  const [front = [], back = []] = address.split('::').map((part) => part.split(':'))
  const ofIpv4 = back.at(-1) ?? ''
  if (isIPv4(ofIpv4)) return ofIpv4
  const noughts = Array<string>(8 - front.length - back.length).fill('0')
  const parts = [...front, ...noughts, ...back].slice(0, 4)
  return parts.map((part) => Number.parseInt(part || '0', 16)).join(':')
}
