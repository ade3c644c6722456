// How many may listen, so that one customer, or one process too many, cannot make every phone of a process deaf.
import { refusal } from '../rest/explain.ts'

/** Several phones and tabs, and those that vanished a moment ago and are not given up yet. */
const MOST_OF_ONE_CUSTOMER = 20
/** A look at as many orders takes a tenth of a second; the limit of a statement is two. More phones: more processes. */
export const MOST_OF_ONE_PROCESS = 20_000

/** `enter` counts a socket or stream until the function that it returns is called. Throws a refusal when there is no room. */
export function admission() {
  const ofCustomer = new Map<string, number>()
  let all = 0
  return {
    count: () => all,
    enter: (customerId: string): (() => void) => {
      const before = ofCustomer.get(customerId) ?? 0
      if (before >= MOST_OF_ONE_CUSTOMER) throw refusal('listeners_of_a_customer_within_limit')
      if (all >= MOST_OF_ONE_PROCESS) throw refusal('process_has_room_for_listeners')
      ofCustomer.set(customerId, before + 1)
      all++
      let hasLeft = false
      return () => {
        if (hasLeft) return
        hasLeft = true
        all--
        const left = (ofCustomer.get(customerId) ?? 1) - 1
        if (left === 0) ofCustomer.delete(customerId)
        else ofCustomer.set(customerId, left)
      }
    },
  }
}

export type Admission = ReturnType<typeof admission>
