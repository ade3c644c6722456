// Processor time of the server and of the service, from /proc. It holds on a noisy machine better than a rate does.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100

const hasProc = existsSync('/proc/self/stat')

type Stat = { parent: number; own: number; ofEnded: number }

/** The name, in brackets, may hold spaces and brackets itself. */
function statOf(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((i) =>
      Number(fields[i]),
    )
    return { parent, own: user + system, ofEnded: endedUser + endedSystem }
  } catch {
    return undefined // it ended while we looked
  }
}

/** Seconds that one process has used; undefined where there is no /proc. */
export function secondsOfProcess(pid: number): number | undefined {
  const stat = hasProc ? statOf(pid) : undefined
  return stat && stat.own / TICKS_PER_SECOND
}

/**
 * Seconds that a PostgreSQL server has used: the postmaster, its sessions, and those that have ended. Read anew when one ended
 * meanwhile, whose time would be in neither.
 */
export function secondsOfServer(postmaster: number): number | undefined {
  for (;;) {
    const own = hasProc ? statOf(postmaster) : undefined
    if (!own) return undefined
    const sessions = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => statOf(pid) ?? [])
      .filter(({ parent }) => parent === postmaster)
    if (statOf(postmaster)?.ofEnded !== own.ofEnded) continue
    return sessions.reduce((sum, session) => sum + session.own, own.own + own.ofEnded) / TICKS_PER_SECOND
  }
}

/** What is resident now and was at most, in MB. */
export function memoryOf(pid: number): { resident: number; peak: number } | undefined {
  if (!hasProc) return undefined
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024
  return { resident: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}
