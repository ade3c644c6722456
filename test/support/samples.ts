/** One line of a /metrics answer. */
export type Sample = { name: string; labels: Record<string, string>; value: number }

/** What a /metrics answer says, comments aside. */
export function samplesOf(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === '') throw new Error(`no line of Prometheus: ${line}`)
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', of = '']) => [key, of])
    return { name, labels: Object.fromEntries(pairs), value: Number(value) }
  })
}

/** The sum over the samples of this name that have all these labels; undefined when there is none. */
export function totalOf(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  const those = samples.filter(
    (each) => each.name === name && Object.entries(labels).every(([key, of]) => each.labels[key] === of),
  )
  return those.length === 0 ? undefined : those.reduce((sum, { value }) => sum + value, 0)
}

/** By the value of one label: what the samples of this name say. */
export const byLabel = (samples: Sample[], name: string, label: string): Record<string, number> =>
  Object.fromEntries(
    samples.filter((each) => each.name === name).map(({ labels, value }) => [labels[label] ?? '', value]),
  )
