// What the process may be and do on its host: no more than the image was made for.
import type { Container, Definition } from './definition-shape.ts'

/** By name or number, with a group or without; 0 is root. */
const NOT_ROOT = /^(node|[1-9]\d*)(:(node|[1-9]\d*))?$/
const FOLDER = '/service'

/** What is not said is the image's, whose user is node; but AWS lets a process write its disk unless told otherwise. */
export function problemsOfIsolation(container: Container): string[] {
  const { user = 'node', privileged, readonlyRootFilesystem, workingDirectory = FOLDER, essential } = container
  return [
    ...(NOT_ROOT.test(user) ? [] : ['user: may be root: say "node"']),
    ...(privileged ? ['privileged: makes the host’s root of whoever breaks in: leave it out'] : []),
    ...(readonlyRootFilesystem === true
      ? []
      : ['readonlyRootFilesystem: is not true, so that whoever breaks in may change the program: say true']),
    ...(workingDirectory === FOLDER
      ? []
      : [`workingDirectory: is not ${FOLDER}, where the image has the program: leave it out`]),
    ...(essential === false
      ? ['essential: is false, so that a task without its service would count as running: leave it out, or say true']
      : []),
  ]
}

export function problemsOfSystem({ runtimePlatform }: Definition): string[] {
  const { operatingSystemFamily = 'LINUX' } = runtimePlatform ?? {}
  return operatingSystemFamily === 'LINUX'
    ? []
    : ['runtimePlatform: operatingSystemFamily is not LINUX, for which the image was built: say "LINUX"']
}
