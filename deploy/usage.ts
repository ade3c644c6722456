/** What `read` returns; when it throws, prints why and how the command is called, and exits with 2. */
export function usageOrExit<T>(read: () => T, usage: string): T {
  try {
    return read()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}
