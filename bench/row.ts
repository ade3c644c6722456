// What a row is given, and what it hands back.
import type { Measured } from './measured.ts'
import type { Alternation, Pair, Ratio } from './pairs.ts'
import type { Seeded } from './seeded.ts'
import type { Server } from './server.ts'

export type Bench = Alternation & {
  /** Old orders, and due ones for the sweep. */
  rows: number
  due: number
  /** How many ask at once. */
  clients: number
  /** The program, where pgbench is to be used. */
  pgbench: string | undefined
  /** One server for all rows whose tables are small, started when the first one asks. */
  server: () => Promise<Server>
  /** The server with `rows` old orders. */
  seeded: () => Promise<Seeded>
}

/** A figure that is no ratio. `goal` in words. */
export type Fact = { name: string; value: number; unit: string; goal?: string; isMet?: boolean }

export type Curve = {
  /** Of the file. */
  name: string
  title: string
  x: string
  y: string
  /** What stands below the axis, where an x is the number of one of these. */
  categories?: string[]
  series: { name: string; points: [number, number][] }[]
}

export type RowResult = { ratios: Ratio[]; facts: Fact[]; curves: Curve[]; pairs?: Record<string, Pair[] | Measured[]> }

/** `about` is for --help. */
export type Row = { name: string; about: string; run: (bench: Bench) => Promise<RowResult> }
