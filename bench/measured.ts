// What one side of a pair did in its seconds.

/** Times in ms. Refusals are those that the side expects. */
export type Measured = {
  operations: number
  seconds: number
  perSecond: number
  latency: Latency
  /** Microseconds of processor time per operation, where /proc tells them. */
  serverMicroseconds?: number
  serviceMicroseconds?: number
}

export type Latency = { p50: number; p90: number; p99: number; p999: number; max: number }

/** Of latencies in ms, each once. */
export function latencyOf(latencies: ArrayLike<number>): Latency {
  const sorted = Float64Array.from(latencies).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: sorted.at(-1) ?? Number.NaN }
}

export const measuredOf = (latencies: ArrayLike<number>, seconds: number): Measured => ({
  operations: latencies.length,
  seconds,
  perSecond: latencies.length / seconds,
  latency: latencyOf(latencies),
})

/** For people: what nobody could measure is said so. */
export const fixed = (value: number, digits = 0): string =>
  Number.isFinite(value) ? value.toFixed(digits) : 'not measured'

export const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}
