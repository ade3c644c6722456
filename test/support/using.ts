import { newId } from './make.ts'
import { range } from './scale.ts'
import { asCustomer, asTransporter, oneTruck, request } from './service.ts'

/** Customers and a transporter that go through everything, over and over; every answer's status is kept. */
export function startUsing(url: string) {
  const answers: string[] = []
  let isOver = false
  const note = (what: string, { status }: { status: number }) => void answers.push(`${what} ${status}`)

  async function useOnce(): Promise<void> {
    const customer = await asCustomer(url)
    const transporter = await asTransporter(url)
    const key = newId()
    const created = await customer.create(oneTruck, key)
    note('create', created)
    note('replay', await customer.create(oneTruck, key))
    note('second create', await customer.create(oneTruck, newId()))
    if (created.status !== 201) return // noted
    const { id } = created.body.data.order
    note('check-active', await customer.get('/orders/check-active'))
    note('status', await customer.get(`/orders/${id}/status`))
    const accepted = await transporter.accept(`${id}.1`)
    note('accept', accepted)
    if (accepted.status !== 200) return // noted
    note('detail', await customer.get(`/orders/${id}`))
    note('list', await customer.get('/orders'))
    note('trips', await transporter.get('/trips'))
    note('open requests', await transporter.get('/orders/active'))
    note('withdraw', await transporter.withdraw(accepted.body.data.trip.tripId))
    note('cancel', await customer.cancel(id))
    note('ready', await request(url, 'GET', '/readyz'))
  }

  const lanes = range(3).map(async () => {
    while (!isOver) await useOnce()
  })
  return {
    answers,
    /** Every kind of answer that was heard. */
    kinds: () => [...new Set(answers)].sort(),
    stop: async () => {
      isOver = true
      await Promise.all(lanes)
    },
  }
}

/** All of them, when nothing fails. */
export const everyAnswer = [
  ...['create 201', 'replay 200', 'second create 409', 'check-active 200', 'status 200', 'accept 200'],
  ...['detail 200', 'list 200', 'trips 200', 'open requests 200', 'withdraw 200', 'cancel 200', 'ready 200'],
].sort()
