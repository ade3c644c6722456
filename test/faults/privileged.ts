import { execFileSync } from 'node:child_process'

/** Runs a command that only root may run, and returns what it prints. Throws what it takes when it fails. */
export function privileged(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  } catch (cause) {
    throw new Error(
      `This test cannot break what it wants to break: ${command} failed. It takes Linux, root (in a ` +
        `container: --privileged) and, for ip, the package iproute2.\n${(cause as Error).message}`,
      { cause },
    )
  }
}
