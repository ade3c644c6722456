import { expect, it } from 'vitest'
import { admission, MOST_OF_ONE_PROCESS } from '../../src/live/admission.ts'
import { explain } from '../../src/rest/explain.ts'
import { range } from '../support/scale.ts'

const refusedBy = (enter: () => unknown) => {
  try {
    enter()
  } catch (error) {
    const { rule, status } = explain(error)
    return { rule, status }
  }
}

it('a customer listens in twenty places at most; whoever leaves, once or twice, makes room for one', () => {
  const { enter, count } = admission()
  const leave = range(20).map(() => enter('asha'))
  const full = { rule: 'listeners_of_a_customer_within_limit', status: 429 }
  expect(refusedBy(() => enter('asha'))).toEqual(full)
  expect(refusedBy(() => enter('bina'))).toBeUndefined()
  leave[0]?.()
  leave[0]?.()
  expect(count()).toBe(20)
  expect(refusedBy(() => enter('asha'))).toBeUndefined()
  expect(refusedBy(() => enter('asha'))).toEqual(full)
})

it('a process that is full refuses the next with 503, and has room again when one leaves', () => {
  const { enter, count } = admission()
  const leave = range(MOST_OF_ONE_PROCESS).map((n) => enter(`customer ${n}`))
  const full = { rule: 'process_has_room_for_listeners', status: 503 }
  expect(refusedBy(() => enter('asha'))).toEqual(full)
  leave[7]?.()
  expect(refusedBy(() => enter('asha'))).toBeUndefined()
  expect(refusedBy(() => enter('bina'))).toEqual(full)
  for (const one of leave) one()
  expect(count()).toBe(1)
})
