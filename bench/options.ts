// What npm run bench may be told.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'

const whole = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} ${text}: a whole number above 0 is wanted. Nothing was measured.`)
}

export type Options = ReturnType<typeof readOptions>

const described = {
  pairs: ['5', 'measured A B A B, after a warm-up'],
  seconds: ['10', 'for each side of a pair, after three that are not counted'],
  clients: ['32', 'that ask at once'],
  rows: ['10000000', 'old orders, where a row compares with none'],
  due: ['1000000', 'due orders for the sweep'],
  loader: ['pgbench', 'pgbench where it is installed, or own'],
  out: [join('bench', 'results'), 'where JSON, table and pictures go'],
  data: ['', 'folder of the database with old orders: kept, and used again with the same --rows'],
  set: ['', 'more settings of the server, such as wal_compression=lz4, separated by spaces'],
} as const

/** Throws what is wrong with them. `names` are the rows that were chosen: all, when none is named. */
export function readOptions(args: string[], known: string[]) {
  const options = Object.fromEntries(
    Object.entries(described).map(([name, [value]]) => [name, { type: 'string' as const, default: value }]),
  )
  const help = { type: 'boolean' as const, default: false }
  const { values, positionals } = parseArgs({ args, options: { ...options, help }, allowPositionals: true })
  const of = (name: keyof typeof described) => String((values as Record<string, unknown>)[name])
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
  if (!['pgbench', 'own'].includes(of('loader'))) throw new Error('--loader is pgbench or own. Nothing was measured.')
  return {
    names: positionals.length > 0 ? known.filter((name) => positionals.includes(name)) : known,
    pairs: whole('pairs', of('pairs')),
    seconds: whole('seconds', of('seconds')),
    clients: whole('clients', of('clients')),
    rows: whole('rows', of('rows')),
    due: whole('due', of('due')),
    loader: of('loader'),
    out: of('out'),
    data: of('data') || undefined,
    settings: of('set').split(' ').filter(Boolean),
    isHelp: values.help === true,
  }
}

export function helpText(rows: Row[]): string {
  const line = (name: string, about: string) => `  ${name.padEnd(14)} ${about}`
  return [
    'npm run bench -- [ROW …] [--OPTION VALUE …]: what the service costs, as ratios measured side by side.',
    '',
    'Rows, all unless some are named:',
    ...rows.map(({ name, about }) => line(name, about)),
    '',
    'Options:',
    ...Object.entries(described).map(([name, [value, about]]) =>
      line(`--${name}`, `${about}${value && ` (${value})`}`),
    ),
  ].join('\n')
}
