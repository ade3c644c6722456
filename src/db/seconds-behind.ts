import type { Call } from './pool.ts'

const text = 'select rest.seconds_behind() as seconds'

/** How far a replica is behind; null when it cannot tell. Throws while it does not answer. */
export async function secondsBehind(call: Call): Promise<number | null> {
  return (await call<{ seconds: number | null }>({ name: 'seconds_behind', text, values: [] })).seconds
}
