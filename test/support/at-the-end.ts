// What a test file has started ends with it, the last first: sockets before the programs that they are connected to, those
// before the databases that they use. A list, since files of one worker share their modules: a hook in a module would be
// the first file's alone.
import { afterAll } from 'vitest'

const ends: (() => unknown)[] = []

export function atTheEnd(end: () => unknown): void {
  ends.push(end)
}

/** Called for each file anew, as a setup file is. */
export function endAllAfterThisFile(): void {
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
}
