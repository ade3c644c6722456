// Definitions that are fit, for tests that spoil them.
import { problemsOfDefinition } from '../../deploy/check-definition.ts'
import { type Part, renderDefinition } from '../../deploy/render-definition.ts'

export const place = {
  image: '123456789012.dkr.ecr.ap-south-1.amazonaws.com/weelo-order-service:fd3c2ab',
  architecture: 'X86_64',
  secrets: 'arn:aws:ssm:ap-south-1:123456789012:parameter/weelo/',
  isRotating: false,
} as const

type Variable = { name: string; value: string }
export type Reference = { name: string; valueFrom: string }
export type FitContainer = ReturnType<typeof renderDefinition>['containerDefinitions'][number] & {
  environment: Variable[]
  secrets: Reference[]
  [more: string]: unknown
}
export type Fit = Omit<ReturnType<typeof renderDefinition>, 'containerDefinitions' | 'runtimePlatform'> & {
  containerDefinitions: FitContainer[]
  runtimePlatform?: { cpuArchitecture?: string; operatingSystemFamily?: string }
}

/** A fit definition, changed. */
export function definition(part: Part, change: (container: FitContainer, whole: Fit) => void = () => {}): Fit {
  const whole = structuredClone(renderDefinition(part, place)) as unknown as Fit
  const [container] = whole.containerDefinitions
  if (container) change(container, whole)
  return whole
}

/** The problems of an api that is fit but for this. */
export const problemsWith = (change: (container: FitContainer, whole: Fit) => void): string[] =>
  problemsOfDefinition(definition('api', change), 'X86_64')

export const arn = (name: string): string => `${place.secrets}${name}`
