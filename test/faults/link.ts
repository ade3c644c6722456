// Two machines on one cable, of which the other is a network namespace: needs Linux and root.
import { serverIdentity } from '../../src/db/embedded-programs.ts'
import { privileged } from './privileged.ts'

const HERE = '10.213.77.1'
const THERE = '10.213.77.2'
/** No card has it: a frame that is sent to it arrives and is dropped without a word. */
const NOBODY = '02:00:00:00:00:99'

const ip = (...args: string[]) => privileged('ip', args)

export type Link = ReturnType<typeof makeLink>

/**
 * `prefix` runs a command on the other machine, as the user of the server. `remove` takes all of it away again.
 * `unplug` is what this machine notices: it refuses new connections at once, and those that there are hang.
 * `silence` is what nobody notices: packets vanish in both directions, and nobody is told.
 */
export function makeLink() {
  const there = `weelo-${process.pid}`
  const [near, far] = [`wl${process.pid}a`, `wl${process.pid}b`]
  const { uid, gid } = serverIdentity() ?? { uid: 0, gid: 0 }
  const onThere = (...args: string[]) => ip('-n', there, ...args)

  ip('netns', 'add', there)
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', there)
  ip('address', 'add', `${HERE}/30`, 'dev', near)
  onThere('address', 'add', `${THERE}/30`, 'dev', far)
  onThere('link', 'set', 'lo', 'up')
  onThere('link', 'set', far, 'up')
  ip('link', 'set', near, 'up')

  return {
    host: THERE,
    clients: `${HERE}/32`,
    prefix: ['ip', 'netns', 'exec', there, 'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    unplug: () => void ip('link', 'set', near, 'down'),
    plug: () => void ip('link', 'set', near, 'up'),
    silence: () => {
      ip('neighbour', 'replace', THERE, 'lladdr', NOBODY, 'nud', 'permanent', 'dev', near)
      onThere('neighbour', 'replace', HERE, 'lladdr', NOBODY, 'nud', 'permanent', 'dev', far)
    },
    hear: () => {
      ip('neighbour', 'del', THERE, 'dev', near)
      onThere('neighbour', 'del', HERE, 'dev', far)
    },
    remove: () => {
      ip('link', 'del', near)
      ip('netns', 'del', there)
    },
  }
}
