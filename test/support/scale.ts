/** `npm run test:full` runs the full numbers; `npm test` smaller ones that show the same. */
export const isFull = process.env.TEST_FULL === '1'

export const scaled = <T>({ full, small }: { full: T; small: T }): T => (isFull ? full : small)

/** Runs `work` for each item, at most `inFlight` at once, and keeps the order of the answers. */
export async function crowd<Item, Result>(
  items: Item[],
  inFlight: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length)
  let next = 0
  const lane = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index] as Item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane))
  return results
}

/** How often each value occurs. */
export function tally(values: (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** 0, 1, … n - 1. */
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
