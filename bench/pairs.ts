// A B A B: what the machine does meanwhile, it does to both sides of a pair. The ratios are taken pair by pair.
import { fixed, type Measured, median } from './measured.ts'

/** One side: a name for the table, and the work of so many seconds. */
export type Side<Result extends Measured = Measured> = { name: string; run: (seconds: number) => Promise<Result> }

export type Pair = { a: Measured; b: Measured }

/** Of A over B, greater is better for A; `spread` from the lowest to the highest pair. */
export type Ratio = {
  name: string
  goal?: number
  a: string
  b: string
  ratios: number[]
  median: number
  spread: [number, number]
}

export type Alternation = { pairs: number; seconds: number; log: (line: string) => void }

/** Warms both sides up, then measures them in turn. In less than a second nothing is measured, and nothing warm. */
export async function alternate(a: Side, b: Side, { pairs, seconds, log }: Alternation): Promise<Pair[]> {
  if (seconds >= 1) for (const side of [a, b]) await side.run(Math.max(1, seconds / 3))
  const measured: Pair[] = []
  for (let number = 1; number <= pairs; number++) {
    const pair = { a: await a.run(seconds), b: await b.run(seconds) }
    measured.push(pair)
    const [left, right] = [pair.a.perSecond, pair.b.perSecond].map((rate) => rate.toFixed(0))
    log(`pair ${number} of ${pairs}: ${left}/s ${a.name}, ${right}/s ${b.name}: ${ratioText(pair)}`)
  }
  return measured
}

const ratioText = ({ a, b }: Pair) => fixed(a.perSecond / b.perSecond, 3)

/** `of` says what is compared: operations per second unless it is told otherwise. */
export function ratioOf(
  name: string,
  [a, b]: [{ name: string }, { name: string }],
  pairs: Pair[],
  goal?: number,
  of: (pair: Pair) => number = (pair) => pair.a.perSecond / pair.b.perSecond,
): Ratio {
  const ratios = pairs.map(of)
  const spread: [number, number] = [Math.min(...ratios), Math.max(...ratios)]
  return { name, ...(goal !== undefined && { goal }), a: a.name, b: b.name, ratios, median: median(ratios), spread }
}

/** The 99th percentile of B over that of A: at 1 both wait alike, below it A waits longer. */
export const p99Of = ({ a, b }: Pair): number => b.latency.p99 / a.latency.p99

/** The median over the pairs of one figure of one side. */
export const medianOf = (pairs: Pair[], side: 'a' | 'b', figure: (measured: Measured) => number | undefined): number =>
  median(pairs.map((pair) => figure(pair[side]) ?? Number.NaN))
