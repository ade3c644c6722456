// A disk of memory that can be filled: needs Linux and root. It is gone after the file.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { atTheEnd } from '../support/at-the-end.ts'
import { temporaryFolder } from '../support/program.ts'
import { privileged } from './privileged.ts'

const KIB = 1024
const BLOCKS = [1024 * KIB, 64 * KIB, 4 * KIB]

/** Call before whatever uses it, so that it is unmounted after that has ended. */
export function smallDisk(mib: number) {
  const folder = temporaryFolder()
  privileged('mount', ['-t', 'tmpfs', '-o', `size=${mib}m,mode=0711`, 'tmpfs', folder])
  // Unmounts when our end of the pipe closes, however we end: a file that fails before its first test ends nothing.
  const unmounts = spawn('/bin/sh', ['-c', 'read -r _; umount --lazy "$0"', folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  atTheEnd(async () => {
    const exited = once(unmounts, 'exit')
    unmounts.stdin?.end()
    await exited
  })
  const filler = join(folder, 'filler')
  /** To the last page; again, it takes what was freed meanwhile. */
  const fill = async () => {
    const file = await open(filler, 'a')
    try {
      for (const size of BLOCKS) while (await fits(file.write(Buffer.alloc(size), 0, size))) {}
    } finally {
      await file.close()
    }
  }
  return { folder, fill, free: () => rm(filler, { force: true }) }
}

async function fits(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    return false
  }
}
