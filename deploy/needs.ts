// What a process may hold, by its role. All of it is told by src/variables.ts; nothing here names a variable.
import { type ProcessRole, variables } from '../src/variables.ts'

export const secretNames: ReadonlySet<string> = new Set(variables.filter((v) => v.isSecret).map((v) => v.name))

const rolesOf = (name: string, by: 'requiredBy' | 'usedBy') => variables.find((each) => each.name === name)?.[by] ?? []

/** Whether a process of this role cannot do without the secret. The previous secret goes wherever its successor goes. */
export const needsSecret = (role: ProcessRole, name: string): boolean =>
  rolesOf(name.replace(/_PREVIOUS$/, ''), 'requiredBy').includes(role)

/** Whether it has a use for the secret, needed or not. */
export const hasUseFor = (role: ProcessRole, name: string): boolean =>
  needsSecret(role, name) || rolesOf(name, 'usedBy').includes(role)

/** What the program of `npm run migrate` is judged by, as src/cli/migrate.ts judges itself. */
export const roleOfMigrate: ProcessRole = 'worker'
export const migrateCommand = ['node', 'src/cli/migrate.ts']

/** As ECS writes what the image's own HEALTHCHECK runs. */
export const healthCheckCommand = ['CMD', 'node', 'deploy/is-alive.ts']
