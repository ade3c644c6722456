import type { MiddlewareHandler } from 'hono'

/** Half a year; browsers obey this only when it came over TLS. */
const TLS_ONLY_FOR_SECONDS = 180 * 24 * 60 * 60

export const headers = {
  'Cache-Control': 'no-store', // personal data
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", // JSON: nothing to load, nothing to frame
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': `max-age=${TLS_ONLY_FOR_SECONDS}`,
  'X-Content-Type-Options': 'nosniff',
}

/** On every answer of both listeners. A page with scripts of its own replaces the policy. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  await next()
}
