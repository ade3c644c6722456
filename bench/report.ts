// What a run leaves: JSON for programs, a table for people, a picture per curve.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.ts'
import type { Header } from './machine.ts'
import { fixed } from './measured.ts'
import type { Ratio } from './pairs.ts'
import type { Fact, RowResult } from './row.ts'

/** Writes <row>.json, and <curve>.svg for each of its curves. */
export function writeRow(folder: string, name: string, header: Header, options: object, result: RowResult): void {
  mkdirSync(folder, { recursive: true })
  const { curves, facts, ...figures } = result
  const judged = facts.map((fact) => (Number.isFinite(fact.value) ? fact : { ...fact, isMet: undefined }))
  const content = { row: name, header, options, ...figures, facts: judged, curves }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`)
  for (const curve of curves) writeFileSync(join(folder, `${curve.name}.svg`), chart(curve))
}

/** `failures`: what went wrong, by the row that has no figures because of it. */
export function tableOf(header: Header, results: RowResult[], failures: Record<string, string> = {}): string {
  const facts = results.flatMap((result) => result.facts)
  return [
    ...Object.entries(header).map(([name, value]) => `- ${name}: ${value}`),
    '',
    '| ratio | goal | median | from | to | pairs | |',
    '|---|---|---|---|---|---|---|',
    ...results.flatMap((result) => result.ratios).map(ratioLine),
    '',
    '| figure | | goal | |',
    '|---|---|---|---|',
    ...facts.map(factLine),
    '',
    ...Object.entries(failures).map(([name, why]) => `- **row ${name} failed**: ${why}\n`),
  ].join('\n')
}

const ratioLine = ({ name, goal, median, spread, ratios }: Ratio) =>
  row([
    name,
    goal === undefined ? '' : `≥ ${goal}`,
    fixed(median, 3),
    ...spread.map((end) => fixed(end, 3)),
    `${ratios.length}`,
    goal === undefined ? '' : mark(median, median >= goal),
  ])

const factLine = ({ name, value, unit, goal = '', isMet }: Fact) =>
  row([name, `${digits(value)} ${unit}`.trim(), goal, isMet === undefined ? '' : mark(value, isMet)])

const row = (cells: string[]) => `| ${cells.join(' | ')} |`
const mark = (value: number, isMet: boolean) => (Number.isFinite(value) ? (isMet ? 'met' : '**not met**') : '')
const digits = (value: number) =>
  Number.isFinite(value) && !Number.isInteger(value) && Math.abs(value) < 100 ? value.toPrecision(3) : fixed(value)
