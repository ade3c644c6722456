// What a run leaves: JSON for programs, a table for people, a picture per curve.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.ts'
import type { Header } from './machine.ts'
import type { Ratio } from './pairs.ts'
import type { Fact, RowResult } from './row.ts'

/** Writes <row>.json, and <curve>.svg for each of its curves. */
export function writeRow(folder: string, name: string, header: Header, options: object, result: RowResult): void {
  mkdirSync(folder, { recursive: true })
  const { curves, ...figures } = result
  const content = { row: name, header, options, ...figures, curves }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`)
  for (const curve of curves) writeFileSync(join(folder, `${curve.name}.svg`), chart(curve))
}

export function tableOf(header: Header, results: RowResult[]): string {
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
  ].join('\n')
}

const ratioLine = ({ name, goal, median, spread, ratios }: Ratio) =>
  row([
    name,
    goal === undefined ? '' : `≥ ${goal}`,
    median.toFixed(3),
    ...spread.map((end) => end.toFixed(3)),
    `${ratios.length}`,
    goal === undefined ? '' : mark(median >= goal),
  ])

const factLine = ({ name, value, unit, goal = '', isMet }: Fact) =>
  row([name, `${digits(value)} ${unit}`.trim(), goal, isMet === undefined ? '' : mark(isMet)])

const row = (cells: string[]) => `| ${cells.join(' | ')} |`
const mark = (isMet: boolean) => (isMet ? 'met' : '**not met**')
const digits = (value: number) =>
  Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)
