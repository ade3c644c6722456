import type { Program } from '../support/program.ts'
import { type Sample, samplesOf, totalOf } from '../support/samples.ts'

/** What the admin listener's /metrics says now. */
export async function scrape({ adminUrl }: Program): Promise<Sample[]> {
  return samplesOf(await (await fetch(`${adminUrl}/metrics`)).text())
}

/** One value of it, over all its labels; NaN when there is none. */
export const metric = async (program: Program, name: string): Promise<number> =>
  totalOf(await scrape(program), name) ?? Number.NaN
