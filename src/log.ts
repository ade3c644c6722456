import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/** One JSON object a line, for machines; LOG_FORMAT=pretty for people, who alone load what that needs. */
export async function makeLog({ LOG_LEVEL: level, LOG_FORMAT }: Config): Promise<Logger> {
  if (LOG_FORMAT === 'json') return pino({ level, base: undefined })
  const { default: pretty } = await import('pino-pretty')
  return pino({ level, base: undefined }, pretty({ colorize: process.stdout.isTTY, sync: true }))
}
