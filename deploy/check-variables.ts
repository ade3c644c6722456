// The variables of a definition, judged by src/config.ts: what there is, what a role must have, what a value may be.
import { problemsOf } from '../src/config.ts'
import { type ProcessRole, variables } from '../src/variables.ts'
import { problemsOfReferences } from './check-references.ts'
import type { Container } from './definition-shape.ts'
import { nearestName } from './nearest-name.ts'
import { hasUseFor, secretNames } from './needs.ts'

/** Valid wherever a secret is: a database URL, and longer than a signing secret must be. */
export const standIn = 'postgres://stand-in@stand-in.example/stand-in'

const known: ReadonlyMap<string, (typeof variables)[number]> = new Map(variables.map((each) => [each.name, each]))
const names = [...known.keys()]

/** `role` when the program says it itself; else it is the definition's. */
export function problemsOfVariables(container: Container, role?: ProcessRole): string[] {
  const { environment, secrets, environmentFiles } = container
  const given = [...environment, ...secrets].map(({ name }) => name)
  return [
    ...problemsOfConfig(container, role),
    ...twice(environment, secrets),
    ...new Set(given.flatMap(problemsOfName)),
    ...environment.flatMap(problemsOfValue),
    ...problemsOfReferences(secrets),
    ...unneeded(new Set(given), role ?? roleIn(container)),
    ...(environmentFiles.length === 0
      ? []
      : ['environmentFiles: bring variables that nobody can judge here: move them to environment and secrets']),
  ]
}

/** As the program reads it: absent, empty or wrong is all, and then everything that is needed is asked for. */
function roleIn({ environment }: Container): ProcessRole {
  const given = environment.find(({ name }) => name === 'ROLE')?.value
  return given && problemsOf({ ROLE: given }).length === 0 ? (given as ProcessRole) : 'all'
}

/** What the program itself would refuse to start with. The image says NODE_ENV=production. */
function problemsOfConfig({ environment, secrets }: Container, role?: ProcessRole): string[] {
  const env = {
    ...Object.fromEntries(environment.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(secrets.filter(({ valueFrom }) => valueFrom !== '').map(({ name }) => [name, standIn])),
    NODE_ENV: 'production',
    ...(role && { ROLE: role }),
  }
  return problemsOf(env).map(({ variable, message }) => {
    const isAbsent = !(env as Record<string, string>)[variable]
    return `${variable}: ${message}${isAbsent && secretNames.has(variable) ? ': refer to it in secrets' : ''}`
  })
}

type Named = { name: string }[]
function twice(environment: Named, secrets: Named): string[] {
  const repeated = (list: Named) => [
    ...new Set(list.map(({ name }) => name).filter((name, i, all) => all.indexOf(name) < i)),
  ]
  const inBoth = [...new Set(environment.map(({ name }) => name))].filter((name) =>
    secrets.some((each) => each.name === name),
  )
  return [
    ...repeated(environment).map((name) => `${name}: is twice in environment: keep one`),
    ...repeated(secrets).map((name) => `${name}: is twice in secrets: keep one`),
    ...inBoth.map((name) => `${name}: is in environment and in secrets: keep one, a secret in secrets`),
  ]
}

function problemsOfName(name: string): string[] {
  const variable = known.get(name)
  if (!variable) {
    const nearest = nearestName(name, names)
    return [`${name}: is nothing that the service reads: ${nearest ? `write ${nearest}, or ` : ''}leave it out`]
  }
  if (variable.setBy === 'image')
    return [
      `${name}: is said by the image; said again here, an old image could pass for a new one, or the health check ask where nobody listens: leave it out`,
    ]
  return variable.setBy === 'development' ? [`${name}: is for development: leave it out`] : []
}

function problemsOfValue({ name, value }: { name: string; value: string }): string[] {
  if (value === '') return known.has(name) ? [`${name}: is empty: give it a value, or leave it out`] : []
  if (!secretNames.has(name)) return []
  return [
    `${name}: is a secret in plain text, which whoever may read the definition has now read: refer to it in secrets, and change the secret`,
  ]
}

function unneeded(given: ReadonlySet<string>, role: ProcessRole): string[] {
  return [...given]
    .filter((name) => secretNames.has(name) && !hasUseFor(role, name))
    .map(
      (name) =>
        `${name}: ROLE=${role} has no use for it, and no process holds a secret that it has no use for: leave it out`,
    )
}
