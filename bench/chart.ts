// A line chart as SVG, readable on light and on dark, without a library.
import type { Curve } from './row.ts'

const WIDTH = 720
const HEIGHT = 400
const MARGIN = { left: 72, right: 24, top: 64, bottom: 56 }
const TICKS = 5
/** Told apart by people who see colours differently too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #8c959f; stroke-opacity: .35 } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .paper { fill: #0d1117 } }
</style>`

export function chart({ title, x, y, categories, series: given }: Curve): string {
  const isDrawable = (point: [number, number]) => point.every(Number.isFinite)
  const series = given.map((each) => ({ ...each, points: each.points.filter(isDrawable) }))
  const points = series.flatMap((each) => each.points)
  const [across, up] = [
    scaleOf([...(categories ? [] : [0]), ...points.map(([value]) => value)]),
    scaleOf([0, ...points.map(([, value]) => value)]),
  ]
  const left = (value: number) => MARGIN.left + across(value) * (WIDTH - MARGIN.left - MARGIN.right)
  const top = (value: number) => HEIGHT - MARGIN.bottom - up(value) * (HEIGHT - MARGIN.top - MARGIN.bottom)
  const xs = [...new Set(points.map(([value]) => value))].sort((a, b) => a - b)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${quoted(title)}">`,
    style,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${MARGIN.left}" y="24">${quoted(title)}</text>`,
    ...ticksOf(Math.max(...points.map(([, value]) => value), 0)).map((value) => horizontal(value, top(value))),
    ...(categories ? xs : ticksOf(Math.max(...xs, 0))).map((value) =>
      under(left(value), categories?.[value] ?? number(value)),
    ),
    `<text x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${quoted(x)}</text>`,
    `<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${quoted(y)}</text>`,
    ...series.map((each, index) => line(each, index, left, top)),
    '</svg>\n',
  ].join('\n')
}

type Place = (value: number) => number

function line({ name, points }: Curve['series'][number], index: number, left: Place, top: Place): string {
  const colour = COLOURS[index % COLOURS.length]
  const at = points.map(([x, y]) => `${left(x).toFixed(1)},${top(y).toFixed(1)}`)
  const dots = points.length > 30 ? [] : at.map((place) => dot(place, colour))
  const legendX = MARGIN.left + index * ((WIDTH - MARGIN.left - MARGIN.right) / 2)
  return [
    `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<circle cx="${legendX + 5}" cy="42" r="5" fill="${colour}"/><text x="${legendX + 16}" y="46">${quoted(name)}</text>`,
  ].join('\n')
}

function dot(place: string, colour = ''): string {
  const [x, y] = place.split(',')
  return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`
}

const horizontal = (value: number, at: number) =>
  `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>` +
  `<text x="${MARGIN.left - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${number(value)}</text>`

const under = (at: number, text: string) =>
  `<text x="${at.toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${text}</text>`

/** Into 0 … 1; all alike is in the middle. */
function scaleOf(values: number[]): Place {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  if (high === low) return () => 0.5
  return (value) => (value - low) / (high - low)
}

/** Round numbers from 0 up. */
function ticksOf(highest: number): number[] {
  const rough = highest / TICKS || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, index) => index * step)
}

/** 20,000 is 20K: a scale has little room. */
const number = (value: number) =>
  new Intl.NumberFormat('en', { notation: value >= 10_000 ? 'compact' : 'standard', maximumFractionDigits: 2 }).format(
    value,
  )

const quoted = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
