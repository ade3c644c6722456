import { afterAll, expect, it } from 'vitest'
import { listen } from '../../src/http/listen.ts'

const listener = await listen({ fetch: () => new Response('here') }, '127.0.0.1', 0, 'PORT')
afterAll(listener.close)

it('keeps an idle connection for longer than the minute after which balancers close theirs', async () => {
  const { headers } = await fetch(listener.url)
  expect(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1])).toBeGreaterThan(60)
})

it('refuses a port that is taken by the name of its variable', async () => {
  const port = Number(new URL(listener.url).port)
  await expect(listen({ fetch: () => new Response() }, '127.0.0.1', port, 'ADMIN_PORT')).rejects.toThrow(
    `Port ${port} is taken by another program. Stop it, or set ADMIN_PORT to another port.`,
  )
})
