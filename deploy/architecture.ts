/** As a task definition writes it. */
export type Architecture = 'X86_64' | 'ARM64'

const names = new Map<string, Architecture>([
  ['x86_64', 'X86_64'],
  ['amd64', 'X86_64'],
  ['arm64', 'ARM64'],
  ['aarch64', 'ARM64'],
])

/** Takes the names of Docker, of `uname -m` and of AWS. Throws on any other. */
export function architectureOf(name: string): Architecture {
  const known = names.get(name.toLowerCase())
  if (known) return known
  throw new Error(`There is no architecture "${name}": it is amd64 (x86_64) or arm64 (aarch64).`)
}
