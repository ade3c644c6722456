import { describe, expect, it } from 'vitest'
import type { Cause } from '../../deploy/verify-answer.ts'
import type { Finding, Round } from '../../deploy/verify-fleet.ts'
import { adviceOn, rulesThatDecide } from '../../deploy/verify-words.ts'

const finding = (cause?: Cause, sql?: string): Finding => ({ said: String(cause), cause, sql })
const round = (version: Finding, readyz = version): Round => ({ '/version': version, '/readyz': readyz })

describe('the advice', () => {
  it.each<[Cause, RegExp]>([
    ['no answer', /^No answer of the service: look at the address and its path, at TLS/],
    ['commit', /an old process that still runs, or a deploy that was rolled back/],
    ['build', /verify from a clean checkout of that commit/],
    ['database', /run npm run migrate of this release/],
    ['not ready', /is not ready/],
  ])('on "%s" is about that and nothing else', (cause, says) => {
    expect(adviceOn([round(finding()), round(finding(cause))])).toEqual([expect.stringMatching(says)])
  })

  it('is on each cause once, whichever path and round had it', () => {
    const advice = adviceOn([round(finding(), finding('database')), round(finding('commit')), round(finding('commit'))])
    expect(advice).toEqual([expect.stringMatching(/old process/), expect.stringMatching(/npm run migrate/)])
  })

  it('is to look at the address when no round ended in time', () => {
    expect(adviceOn([])).toEqual([expect.stringMatching(/^No answer/)])
  })
})

describe('whose rules decide', () => {
  const expected = { commit: 'fd3c2ab', schema: '000003', sql: undefined }
  const last = (version?: string, database?: string) => [
    round(finding(undefined, 'before')),
    round(finding(undefined, version), finding(undefined, database)),
  ]

  it('is said of the last answers, where sql/ was not compared', () => {
    expect(rulesThatDecide(last('old', 'new'), expected)).toEqual([
      'The rules that decide are sql/ new of the database, which this commit was not built with.',
    ])
    expect(rulesThatDecide(last('old', 'old'), expected)).toEqual([
      "The rules that decide are the commit's own, sql/ old.",
    ])
  })

  it('is not said where it was compared, nor where the database did not say', () => {
    expect(rulesThatDecide(last('old', 'new'), { ...expected, sql: 'old' })).toEqual([])
    expect(rulesThatDecide(last('old', undefined), expected)).toEqual([])
    expect(rulesThatDecide([], expected)).toEqual([])
  })
})
