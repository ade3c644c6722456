// What a process may hold, by its role. All of it is told by src/variables.ts; nothing here names a variable.
import { type ProcessRole, variables } from '../src/variables.ts'

export const secretNames: ReadonlySet<string> = new Set(variables.filter((v) => v.isSecret).map((v) => v.name))

/** Whether a process of this role has a use for the secret. The previous secret goes wherever its successor goes. */
export function needsSecret(role: ProcessRole, name: string): boolean {
  const successor = name.replace(/_PREVIOUS$/, '')
  return variables.some((each) => each.name === successor && each.requiredBy?.includes(role))
}

/** What the program of `npm run migrate` is judged by, as src/cli/migrate.ts judges itself. */
export const roleOfMigrate: ProcessRole = 'worker'
export const migrateCommand = ['node', 'src/cli/migrate.ts']

/** As ECS writes what the image's own HEALTHCHECK runs. */
export const healthCheckCommand = ['CMD', 'node', 'deploy/is-alive.ts']
