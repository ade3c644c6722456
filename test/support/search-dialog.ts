// The customer app's search dialog, as the contract tells it (sections 2.4 and 5): what it asks, what it listens to, and
// which screen it then shows. It steers by nothing but what the server says.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Phone, phoneOf } from './listening.ts'
import { newId } from './make.ts'
import type { Customer } from './service.ts'
import { until } from './until.ts'

export type Screen = 'idle' | 'searching' | 'assigned' | 'cancelled' | 'timeout' | 'failed' | 'contact support'

/** `url` is where its socket goes; `customer` where its requests do. */
export function searchDialog(url: string, customer: Customer) {
  let screen: Screen = 'idle'
  let orderId: string | undefined
  let phone: Phone | undefined
  let subtitle = ''
  const seen: Screen[] = []

  function show(next: Screen): void {
    if (next !== screen) seen.push(next)
    screen = next
  }

  /** Step 3: a saved or an active order is resumed, whatever was chosen now. Step 4 and 5 otherwise. */
  async function confirm(body: unknown): Promise<void> {
    const active = (await customer.get('/orders/check-active')).body.data
    if (active?.hasActiveOrder) {
      const { data } = (await customer.get(`/bookings/orders/${active.activeOrder.orderId}/status`)).body
      if (data.isActive) return begin(data.orderId, Math.max(1, data.remainingSeconds))
    }
    const answer = await customer.post('/bookings/orders', body, { 'x-idempotency-key': newId() })
    if (answer.status >= 300) return show('failed')
    await begin(answer.body.data.order.id, answer.body.data.order.expiresIn)
  }

  async function begin(id: string, seconds: number): Promise<void> {
    orderId = id
    show('searching')
    phone ??= await connect()
    phone.join(id)
    await readStatus()
    countDown(id, seconds)
  }

  async function connect(): Promise<Phone> {
    const connected = await phoneOf(url, customer.token)
    const { socket } = connected
    const on = (name: string, react: (data: Record<string, unknown>) => void) =>
      socket.on(name, (data) => {
        if ((data.orderId ?? data.bookingId ?? data.broadcastId) === orderId) react(data)
      })
    on('order_expired', () => timeOut())
    on('order_cancelled', () => leave('cancelled'))
    on('broadcast_state_changed', ({ status }) => {
      subtitle = String(status)
      if (status === 'fully_filled') show('assigned')
    })
    on('trucks_remaining_update', ({ trucksNeeded, trucksFilled }) => {
      subtitle = `Found ${trucksFilled}/${trucksNeeded}`
      if (Number(trucksNeeded) > 0 && Number(trucksFilled) >= Number(trucksNeeded)) show('assigned')
    })
    on('booking_fully_filled', () => show('assigned')) // even from the time-out or the cancelled screen
    socket.on('connect', () => {
      if (orderId === undefined) return
      if (screen === 'searching') connected.join(orderId)
      void readStatus()
    })
    return connected
  }

  /** Once per transition to CONNECTED. */
  async function readStatus(): Promise<void> {
    const { data } = (await customer.get(`/bookings/orders/${orderId}/status`)).body
    if (screen !== 'searching') return
    if (!data.isActive || data.status === 'expired') timeOut()
    else if (data.status === 'cancelled') leave('cancelled')
    else if (data.status === 'fully_filled') show('assigned')
  }

  function countDown(id: string, seconds: number): void {
    void sleep(seconds * 1000, undefined, { ref: false }).then(() => {
      if (orderId === id && screen === 'searching') timeOut()
    })
  }

  function timeOut(): void {
    if (screen === 'searching') leave('timeout')
  }

  function leave(next: Screen): void {
    if (orderId !== undefined) phone?.leave(orderId)
    show(next)
  }

  /** The cancel button: the preview first; then it always ends on the cancelled screen. */
  async function cancel(reason: string): Promise<void> {
    const { data } = (await customer.get(`/bookings/orders/${orderId}/cancel-preview`)).body
    if (data.cancelDecision === 'blocked_dispute_only') return show('contact support')
    await customer.post(`/bookings/orders/${orderId}/cancel`, { reason }, { 'x-idempotency-key': newId() })
    leave('cancelled')
  }

  /** Retry Search and Search Again: a cancel without a preview whose answer is ignored, then all over. */
  async function retry(body: unknown) {
    const old = orderId
    const answer = await customer.post(`/bookings/orders/${old}/cancel`, { reason: 'retry_after_timeout' })
    orderId = undefined
    await confirm(body)
    return answer
  }

  return {
    confirm,
    cancel,
    retry,
    seen,
    orderId: () => orderId ?? '',
    subtitle: () => subtitle,
    phone: () => phone as Phone,
    shows: (expected: Screen, limitMs?: number) =>
      until(async () => screen === expected, `the dialog shows ${expected} (it shows ${screen})`, limitMs),
  }
}
