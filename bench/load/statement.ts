/** SQL with named values (`:name`), as pgbench writes them. The second process sends them as parameters. */
export type Statement = { text: string; values: Record<string, string> }

/** With $1, $2 … and the values in that order. A `::` is a cast. */
export function numbered({ text, values }: Statement): { text: string; names: string[] } {
  const names: string[] = []
  const withNumbers = text.replaceAll(/(?<!:):([a-z_]+)/g, (_all, name: string) => {
    if (!(name in values)) throw new Error(`:${name} has no value`)
    if (!names.includes(name)) names.push(name)
    return `$${names.indexOf(name) + 1}`
  })
  return { text: withNumbers, names }
}
