// Whether a task definition may be registered. Nothing here asks anybody or prints anything, and no problem repeats a
// value, which may be a secret in the wrong place.
import type { ProcessRole } from '../src/variables.ts'
import type { Architecture } from './architecture.ts'
import { problemsOfImage } from './check-image.ts'
import { problemsOfIsolation, problemsOfSystem } from './check-isolation.ts'
import { keysLikeSecrets, plainPasswords } from './check-passwords.ts'
import { problemsOfVariables } from './check-variables.ts'
import { type Container, type Definition, readDefinition, unwrap } from './definition-shape.ts'
import { healthCheckCommand, migrateCommand, roleOfMigrate } from './needs.ts'
import { placeholder } from './render-definition.ts'

/** A stop takes up to nine seconds; Fargate grants no more than two minutes. */
const STOP_SECONDS = { least: 10, most: 120 }

/** Every problem of the parsed file, a line each that names what is wrong and says what to do; none when it is fit. */
export function problemsOfDefinition(json: unknown, architecture: Architecture): string[] {
  const file = unwrap(json)
  const { definition, problems } = readDefinition(file)
  return [
    ...problems,
    ...(definition ? problemsOf(definition, architecture) : []),
    ...plainPasswords(file),
    ...keysLikeSecrets(file),
    ...problemsOfAccount(file),
  ]
}

function problemsOf(definition: Definition, architecture: Architecture): string[] {
  const { containerDefinitions: containers } = definition
  const [container] = containers
  const count =
    containers.length === 1
      ? []
      : [
          `containerDefinitions: are ${containers.length}: the service is one container, and what stands beside it is not judged here`,
        ]
  return [
    ...count,
    ...(container ? problemsOfContainer(container) : []),
    ...problemsOfPlatform(definition, architecture),
    ...problemsOfSystem(definition),
  ]
}

function problemsOfContainer(container: Container): string[] {
  return [
    ...problemsOfVariables(container, isMigration(container) ? roleOfMigrate : undefined),
    ...problemsOfImage(container.image),
    ...problemsOfCommand(container),
    ...problemsOfHealthCheck(container),
    ...problemsOfStop(container),
    ...problemsOfIsolation(container),
  ]
}

const isSame = (command: string[], other: string[]) => JSON.stringify(command) === JSON.stringify(other)
const isMigration = ({ command }: Container) => isSame(command, migrateCommand)

/** What a definition must tell a person who has just been told that it is fit. */
export function summaryOf(json: unknown): string {
  const container = readDefinition(unwrap(json)).definition?.containerDefinitions[0]
  if (!container) return ''
  const role = container.environment.find(({ name }) => name === 'ROLE')?.value ?? ('all' satisfies ProcessRole)
  return `${isMigration(container) ? 'the migration' : `ROLE=${role}`} of ${container.image}`
}

function problemsOfCommand(container: Container): string[] {
  if (container.entryPoint.length === 0 && (container.command.length === 0 || isMigration(container))) return []
  return [
    `command: is not one that can be judged: leave it and entryPoint out, and the image starts the service so that it hears a stop; or say ${JSON.stringify(migrateCommand)} for the migration`,
  ]
}

function problemsOfHealthCheck(container: Container): string[] {
  const command = container.healthCheck?.command ?? []
  if (isMigration(container) || isSame(command, healthCheckCommand)) return []
  const why =
    (command[0] ?? 'NONE') === 'NONE'
      ? 'is missing: ECS does not read the image’s own'
      : 'is not the image’s own, and another may call a process alive that is not, or ask for what the image lacks'
  return [`healthCheck: ${why}: say {"command": ${JSON.stringify(healthCheckCommand)}}`]
}

function problemsOfStop({ stopTimeout }: Container): string[] {
  const { least, most } = STOP_SECONDS
  const why = `a stop takes up to ${least} s, and Fargate grants at most ${most} s: say 15`
  if (stopTimeout === undefined) return [`stopTimeout: is missing: ${why}`]
  return stopTimeout < least || stopTimeout > most ? [`stopTimeout: is ${stopTimeout}: ${why}`] : []
}

function problemsOfPlatform({ runtimePlatform }: Definition, architecture: Architecture): string[] {
  const said = runtimePlatform?.cpuArchitecture
  if (said === architecture) return []
  return said === undefined
    ? [`runtimePlatform: says no cpuArchitecture: say "${architecture}", for which the image was built`]
    : [
        `runtimePlatform: cpuArchitecture is "${said}" and the image was built for ${architecture}, so it would not start: change one of them (for an image of the other kind, give --architecture)`,
      ]
}

function problemsOfAccount(file: unknown): string[] {
  if (!JSON.stringify(file).includes(`:${placeholder.account}:`)) return []
  return [`secrets: account ${placeholder.account} is a placeholder: run npm run deploy:render with --secrets`]
}
