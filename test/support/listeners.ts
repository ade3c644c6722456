// A process of many clients, half of them sockets and half streams, so that a test can let them vanish without closing:
// a stopped process answers nothing, and its kernel goes on acknowledging. Says how many listen, then stays.
import { io } from 'socket.io-client'
import { signToken } from '../../src/token.ts'
import { testSecret } from './secret.ts'

export type Listening = { customer: string; id: string }

process.once('message', async ({ url, orders }: { url: string; orders: Listening[] }) => {
  for (let i = 0; i < orders.length; i += 50)
    await Promise.all(orders.slice(i, i + 50).map((order, n) => (n % 2 ? stream : phone)(url, order)))
  process.send?.('listening')
})

const tokenOf = (userId: string) => signToken(testSecret, { userId, phone: '9876543210', role: 'customer' }, '1 hour')

async function phone(url: string, { customer, id }: Listening): Promise<void> {
  const socket = io(url, { auth: { token: await tokenOf(customer) }, forceNew: true, transports: ['websocket'] })
  socket.on('connect', () => socket.emit('join_booking', id))
  await new Promise((resolve) => socket.once('booking_updated', resolve))
}

/** Comes again whenever the stream ends, as a browser does. */
async function stream(url: string, { customer, id }: Listening): Promise<void> {
  const headers = { authorization: `Bearer ${await tokenOf(customer)}` }
  const open = async () => {
    const response = await fetch(`${url}/api/v1/orders/${id}/events`, { headers })
    const reader = response.body?.getReader()
    const first = await reader?.read()
    const drain = async () => {
      while (!(await reader?.read())?.done);
    }
    drain().then(open, open)
    return first
  }
  await open()
}
