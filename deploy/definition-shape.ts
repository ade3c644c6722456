// The parts of a task definition that are judged. What else a file says is AWS's to judge, which does so aloud.
import { z } from 'zod'
import { mend, type WrongType } from './wrong-types.ts'

const variable = z.object({ name: z.string(), value: z.string().default('') })
const reference = z.object({ name: z.string(), valueFrom: z.string().default('') })
const words = z.array(z.string())

const container = z.object({
  image: z.string().default(''),
  entryPoint: words.default([]),
  command: words.default([]),
  workingDirectory: z.string().optional(),
  user: z.string().optional(),
  essential: z.boolean().optional(),
  privileged: z.boolean().optional(),
  readonlyRootFilesystem: z.boolean().optional(),
  environment: z.array(variable).default([]),
  environmentFiles: z.array(z.unknown()).default([]),
  secrets: z.array(reference).default([]),
  healthCheck: z.object({ command: words.default([]) }).optional(),
  stopTimeout: z.number().optional(),
})

const definition = z.object({
  runtimePlatform: z
    .object({ cpuArchitecture: z.string().optional(), operatingSystemFamily: z.string().optional() })
    .optional(),
  containerDefinitions: z.array(container).default([]),
})

export type Container = z.infer<typeof container>
export type Definition = z.infer<typeof definition>

/** Also takes what `aws ecs describe-task-definition` prints, where the definition is inside. */
export const unwrap = (json: unknown): unknown =>
  typeof json === 'object' && json !== null && 'taskDefinition' in json ? json.taskDefinition : json

/**
 * The definition, and what in it is of the wrong type, a line each. That is read as what it was meant to be, so that one
 * such thing does not hide the rest; there is no definition only where the file has another form altogether.
 */
export function readDefinition(json: unknown): { definition: Definition | undefined; problems: string[] } {
  const { data, error } = definition.safeParse(json)
  if (data) return { definition: data, problems: [] }
  const mended = mend(json, error.issues as WrongType[])
  return { definition: definition.safeParse(mended.json).data, problems: mended.problems }
}
