// What a test file has started ends with it, the last first: sockets before the programs that they are connected to, those
// before the databases that they use. A list, since files of one worker share their modules: a hook in a module would be
// the first file's alone, and one that is made while a test runs is nobody's.

const ends: (() => unknown)[] = []

export function atTheEnd(end: () => unknown): void {
  ends.push(end)
}

/** One that fails keeps none of the others from ending. */
export async function endAll(): Promise<void> {
  const errors: unknown[] = []
  for (const end of ends.splice(0).reverse())
    try {
      await end()
    } catch (error) {
      errors.push(error)
    }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of what this file started did not end`)
}
