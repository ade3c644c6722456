// The rules ask for what the program says, and tell people to do what can be done.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemByRule, problemBySqlState } from '../../src/rest/problems.ts'
import { copyDatabase, one } from '../support/database.ts'
import { project, startProgram } from '../support/program.ts'
import { samplesOf } from '../support/samples.ts'
import { asCustomer, request } from '../support/service.ts'

type Alert = { name: string; expr: string; severity: string; summary: string; whatToDo: string }

const [, ...blocks] = readFileSync(join(project, 'deploy', 'alerts.yaml'), 'utf8').split('- alert: ')
const alerts = blocks.map((block): Alert => {
  const text = block.trim().replaceAll(/\s*\n\s+/g, ' ')
  const part = (pattern: RegExp) => pattern.exec(text)?.[1]?.trim() ?? ''
  return {
    name: part(/^(\w+)/),
    expr: part(/ expr: (.*?) for: /),
    severity: part(/ severity: (\w+)/),
    summary: part(/ summary: (.*?) what_to_do: /),
    whatToDo: part(/ what_to_do: (?:>- )?(.*?)(?: - name: .*)?$/),
  }
})

const db = await copyDatabase()
const program = await startProgram({ DATABASE_URL: db.ownerUrl })
const customer = await asCustomer(program.url)
await customer.create()
await customer.post('/bookings/orders', '{}')
for (const path of ['/readyz', '/health']) await request(program.url, 'GET', path)
const samples = samplesOf((await request(program.adminUrl, 'GET', '/metrics')).text)

/** Labels whose values are not all seen in one answer, by what the code may say. */
const fromCode: Record<string, string[]> = {
  status: Object.values({ ...problemByRule, ...problemBySqlState }).map(({ status }) => String(status)),
}

/** Every selector of an expression: a metric and what is asked of its labels. `up` is Prometheus' own. */
const selectors = (expr: string) =>
  [...expr.matchAll(/\b((?:weelo|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(([, metric = '', inside = '']) => ({
    metric,
    matchers: [...inside.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, label = '', how = '', value = '']) => ({
      label,
      how,
      value,
    })),
  }))

describe.each(alerts)('$name', ({ expr, severity, summary, whatToDo }) => {
  it('asks for metrics and labels that the program has', () => {
    const asked = selectors(expr)
    if (!/\bup\{job="weelo-order-service"\}/.test(expr)) expect(asked.length, expr).toBeGreaterThan(0)
    for (const { metric, matchers } of asked) {
      const those = samples.filter(({ name }) => name === metric)
      expect(those.length, metric).toBeGreaterThan(0)
      for (const { label, how, value } of matchers) {
        if (label === 'job') continue // which Prometheus adds
        const seen = [...those.map(({ labels }) => labels[label] ?? ''), ...(fromCode[label] ?? [])]
        const wanted = how.endsWith('~') ? new RegExp(`^(?:${value})$`) : { test: (of: string) => of === value }
        expect(
          seen.some((of) => wanted.test(of)),
          `${metric}: ${label}${how}${value}`,
        ).toBe(true)
      }
    }
  })

  it('says how urgent it is, what it means and what to do', () => {
    expect(['page', 'ticket']).toContain(severity)
    expect(summary).toMatch(/^'?[A-Z{].+\.'?$/)
    expect(whatToDo).toMatch(
      /(^|[.:;] |^')(Ask|Take|Create|Look|See|In psql: select|Add|If|A superuser runs|finish)\b.*\.'?$/, // begins a sentence
    )
  })

  it('names only what is there', async () => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    for (const [, script = ''] of whatToDo.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script)
    for (const [, object = ''] of whatToDo.matchAll(/\b(api\.\w+)/g))
      expect(
        await one(db.owner, 'select to_regclass($1) is not null or to_regproc($1) is not null as is_there', [object]),
        object,
      ).toEqual({ is_there: true })
    const names = alerts.map(({ name }) => name)
    const isAlert = /\b([A-Z][a-z]+(?:[A-Z][a-z]+)+)\b/g
    const others = [...whatToDo.matchAll(isAlert)].map(([name]) => name).filter((name) => name !== 'CleanupJob')
    expect(others.filter((name) => !names.includes(name))).toEqual([])
  })
})

it('finds the customer behind a hash of the log, as ManyActiveOrderRefusals says', async () => {
  const { whatToDo } = alerts.find(({ name }) => name === 'ManyActiveOrderRefusals') ?? { whatToDo: '' }
  const [, statement = ''] = /(select customer_id .*?'HASH'\))/.exec(whatToDo) ?? []
  await customer.create()
  const decisions = program.lines().filter(({ tag }) => tag === 'getActiveOrderByCustomer')
  const hash = String(decisions.at(-1)?.customer)
  expect(await one(db.owner, statement.replace('HASH', hash))).toEqual({ customer_id: customer.id })
})

it('has found every alert of the file', () => {
  expect(alerts.length).toBeGreaterThanOrEqual(16)
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length)
})
