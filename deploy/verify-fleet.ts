// Asks a fleet again and again until it has said the same for long enough, or the time is over.
import { setTimeout as sleep } from 'node:timers/promises'
import { askAnew } from './ask-anew.ts'
import { type Cause, causeOf, differenceOf, type Expected, type Path, paths } from './verify-answer.ts'

/**
 * That many rounds in a row without another word: with one old process of ten behind a balancer that draws lots, all
 * forty answers come from new ones in 1.5 % of runs; with a balancer that takes turns, never.
 */
export const RUN = 20

export type VerifyOptions = {
  /** Under which /version and /readyz are. */
  url: URL
  expected: Expected
  timeoutMs: number
  /** From the start of a round to that of the next. */
  everyMs: number
  /** Told when something answers that did not in the last rounds. */
  onNews: (line: string) => void
}

/** `cause` is absent when all was as expected; `sql` is what the answer named, whatever was expected. */
export type Finding = { said: string; cause: Cause | undefined; sql: unknown }
export type Round = Record<Path, Finding>

/** Never throws. `rounds` are the last ones, at most as many as a run, in which each path has what it said. */
export async function verifyFleet(options: VerifyOptions): Promise<{ isDeployed: boolean; rounds: Round[] }> {
  const end = performance.now() + options.timeoutMs
  let rounds: Round[] = []
  while (performance.now() < end) {
    const next = sleep(options.everyMs)
    const round = await askRound(options)
    for (const line of newsOf(round, rounds)) options.onNews(line)
    rounds = [...rounds, round].slice(-RUN)
    if (rounds.length === RUN && rounds.every(isGood)) return { isDeployed: true, rounds }
    await next
  }
  return { isDeployed: false, rounds }
}

async function askRound({ url, expected }: VerifyOptions): Promise<Round> {
  const base = url.href.endsWith('/') ? url.href : `${url.href}/`
  const ask = async (path: Path): Promise<[Path, Finding]> => {
    const answer = await askAnew(new URL(path.slice(1), base))
    const difference = differenceOf(path, answer, expected)
    const cause = difference === undefined ? undefined : causeOf(path, answer, expected)
    return [path, { said: difference ?? 'as expected', cause, sql: 'body' in answer ? answer.body?.sql : undefined }]
  }
  return Object.fromEntries(await Promise.all(paths.map(ask))) as Round
}

const isGood = (round: Round) => paths.every((path) => round[path].cause === undefined)

function newsOf(round: Round, before: Round[]): string[] {
  return paths
    .filter((path) => before.every((each) => each[path].said !== round[path].said))
    .map((path) => `${path}: ${round[path].said}`)
}

/** How many of the rounds said what, the most frequent first, a line each. */
export function countsOf(rounds: Round[]): string[] {
  return paths.flatMap((path) => {
    const counts = new Map<string, number>()
    for (const { [path]: finding } of rounds) counts.set(finding.said, (counts.get(finding.said) ?? 0) + 1)
    const sorted = [...counts].toSorted(([, a], [, b]) => b - a)
    return sorted.map(([said, count]) => `${path.padEnd(8)} ${String(count).padStart(2)} × ${said}`)
  })
}
