// Judges what clients saw, without looking into the database: could one order at a time have produced this?
// Every call took effect at some instant between its start and its end; only the order in which calls did not overlap is
// known. Times are milliseconds of one clock.

export type Call = { customer: string; start: number; end: number } & (
  | { kind: 'created'; order: string; expiresAt: number }
  /** A create that was refused because of this order, or a check that named it. */
  | { kind: 'named'; order: string }
  | { kind: 'none' }
  | { kind: 'ended'; order: string; status: string }
)
type Created = Extract<Call, { kind: 'created' }>
type Named = Extract<Call, { kind: 'named' }>
type Ended = Extract<Call, { kind: 'ended' }>
type Life = {
  create: Created
  /** Open at every instant between these two, whatever happened. */
  surelyOpen: { from: number; to: number }
  /** Open at no instant outside these two. */
  possiblyOpen: { from: number; to: number }
}

/** What cannot have been, a sentence each. `tolerance` is for the mapping of expires_at to the clients' clock only. */
export function objectionsTo(history: Call[], tolerance: number): string[] {
  const byCustomer = Map.groupBy(history, (call) => call.customer)
  return [...byCustomer.values()].flatMap((calls) => objectionsToOne(calls, tolerance))
}

function objectionsToOne(given: Call[], tolerance: number): string[] {
  const calls = given.toSorted((a, b) => a.start - b.start)
  const ends = Map.groupBy(
    calls.filter((call) => call.kind === 'ended'),
    (call) => call.order,
  )
  const lives = calls
    .filter((call) => call.kind === 'created')
    .map((create) => lifeOf(create, calls, ends.get(create.order) ?? [], tolerance))
    .sort((a, b) => a.create.end - b.create.end)
  const lifeByOrder = new Map(lives.map((life) => [life.create.order, life]))
  return [
    ...lives.flatMap((life) => objectionsToMeanwhile(life, calls)),
    ...lives.flatMap((life) => objectionsToEnds(life, ends.get(life.create.order) ?? [], tolerance)),
    ...overlaps(lives),
    ...calls.flatMap((call) => (call.kind === 'named' ? objectionsToName(call, lifeByOrder.get(call.order)) : [])),
  ]
}

/** `calls` are sorted by their start, `ends` too. */
function lifeOf(create: Created, calls: Call[], ends: Ended[], tolerance: number): Life {
  const firstCancel = ends[0]?.start ?? Number.POSITIVE_INFINITY
  const firstEnd = Math.min(Number.POSITIVE_INFINITY, ...ends.map((call) => call.end))
  const firstSeenClosed = Math.min(firstEnd, firstThatShowsAnother(create, calls))
  return {
    create,
    surelyOpen: { from: create.end, to: Math.min(firstCancel, create.expiresAt - tolerance) },
    possiblyOpen: { from: create.start, to: Math.min(firstSeenClosed, create.expiresAt + tolerance) },
  }
}

/** When the first call ended that began after this creation and showed none or another order, so that this one was over. */
function firstThatShowsAnother(create: Created, calls: Call[]): number {
  let first = Number.POSITIVE_INFINITY
  for (let i = firstFrom(calls, create.end); i < calls.length; i++) {
    const call = calls[i] as Call
    if (call.start > first) break
    const showsAnother = call.kind === 'none' || (call.kind !== 'ended' && call.order !== create.order)
    if (call.start > create.end && showsAnother) first = Math.min(first, call.end)
  }
  return first
}

/** The index of the first call that starts at a time or later. */
function firstFrom(calls: Call[], time: number): number {
  let [low, high] = [0, calls.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((calls[middle] as Call).start < time) low = middle + 1
    else high = middle
  }
  return low
}

function objectionsToMeanwhile({ create, surelyOpen }: Life, calls: Call[]): string[] {
  const objections: string[] = []
  for (let i = firstFrom(calls, surelyOpen.from); i < calls.length; i++) {
    const call = calls[i] as Call
    if (call.start > surelyOpen.to) break
    if (call.end > surelyOpen.to || call === create) continue
    if (call.kind === 'none') objections.push(`none, while ${create.order} was open`)
    if (call.kind === 'created') objections.push(`${call.order} was created while ${create.order} was open`)
  }
  return objections
}

function objectionsToEnds({ create, possiblyOpen }: Life, ends: Ended[], tolerance: number): string[] {
  const { order, expiresAt } = create
  const statuses = new Set(ends.map((call) => call.status))
  const isTooEarly = ends.some((call) => call.status === 'expired' && call.end < expiresAt - tolerance)
  const isTooLate = statuses.has('cancelled') && (ends[0]?.start ?? 0) > expiresAt + tolerance
  return [
    ...(statuses.size > 1 ? [`${order} ended in more than one way`] : []),
    ...(isTooEarly ? [`${order} expired before its time`] : []),
    ...(isTooLate ? [`${order} was cancelled after it had expired`] : []),
    ...(possiblyOpen.to < possiblyOpen.from ? [`${order} was closed before it was created`] : []),
  ]
}

/** Two orders that were both open at some instant; `lives` are sorted by the beginning of what is sure. */
function overlaps(lives: Life[]): string[] {
  const objections: string[] = []
  let last: Life | undefined
  for (const life of lives.filter(({ surelyOpen }) => surelyOpen.from < surelyOpen.to)) {
    if (last && life.surelyOpen.from < last.surelyOpen.to)
      objections.push(`${last.create.order} and ${life.create.order} were open at once`)
    if (!last || life.surelyOpen.to > last.surelyOpen.to) last = life
  }
  return objections
}

function objectionsToName(call: Named, life: Life | undefined): string[] {
  if (!life) return [`${call.order} was named, but nobody of this customer created it`]
  const { from, to } = life.possiblyOpen
  return call.end < from || call.start > to ? [`${call.order} was named as open when it cannot have been`] : []
}
