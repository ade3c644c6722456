import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { atMost, within } from '../../src/live/throttle.ts'
import { range } from '../support/scale.ts'

describe('atMost', () => {
  it('lets so many run at once and no more, gives each its turn, and its own answer or error', async () => {
    let running = 0
    let most = 0
    const work = atMost(2, async (n: number) => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      if (n % 5 === 0) throw new Error(`${n}`)
      return n
    })
    const answers = await Promise.allSettled(range(20).map((n) => work(n)))
    expect(most).toBe(2)
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : Number(one.reason.message)))).toEqual(
      range(20),
    )
    expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    await expect(work(1)).resolves.toBe(1)
  })
})

describe('within', () => {
  it('grants a burst, then so many a second, and no more than the burst after a pause', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const isFine = within(10, 3)
      expect(range(4).map(isFine)).toEqual([true, true, true, false])
      vi.advanceTimersByTime(1_000)
      expect(range(4).map(isFine).slice(0, 3)).toEqual([true, true, true])
      vi.advanceTimersByTime(60_000)
      expect(range(5).map(isFine)).toEqual([true, true, true, false, false])
    } finally {
      vi.useRealTimers()
    }
  })
})
