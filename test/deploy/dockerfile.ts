// deploy/Dockerfile as data: its stages, and the instructions of each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DockerfileParser, type JSONInstruction, type PropertyInstruction } from 'dockerfile-ast'
import { project } from '../support/program.ts'

export const dockerfileText = readFileSync(join(project, 'deploy', 'Dockerfile'), 'utf8')
export const ignoreText = readFileSync(join(project, 'deploy', 'Dockerfile.dockerignore'), 'utf8')

export type Instruction = {
  keyword: string
  /** Without its flags. */
  words: string[]
  /** What follows the keyword and its flags, as written, with continued lines joined. */
  text: string
  flags: Record<string, string>
  /** Of ARG, ENV and LABEL: the value as written, without its quotes. */
  properties: Record<string, string | null>
  /** Of the exec form. */
  json: string[]
}
export type Stage = { name: string; instructions: Instruction[] }

const parsed = DockerfileParser.parse(dockerfileText).getInstructions()

export const instructions: Instruction[] = parsed.map((instruction) => {
  const { getFlags, getProperties, getJSONStrings } = instruction as Partial<PropertyInstruction & JSONInstruction>
  const text = (instruction.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, ' ')
  return {
    keyword: instruction.getKeyword(),
    words: instruction
      .getArguments()
      .map((word) => word.getValue())
      .filter((word) => !word.startsWith('--')),
    text,
    flags: Object.fromEntries(
      (getFlags?.call(instruction) ?? []).map((flag) => [flag.getName(), flag.getValue() ?? '']),
    ),
    properties: Object.fromEntries(
      (getProperties?.call(instruction) ?? []).map((each) => [each.getName(), each.getValue()]),
    ),
    json: (getJSONStrings?.call(instruction) ?? []).map((each) => each.getJSONValue()),
  }
})

/** What stands before the first FROM is left out. */
export const stages: Stage[] = []
for (const instruction of instructions) {
  if (instruction.keyword === 'FROM') stages.push({ name: instruction.words[2] ?? '', instructions: [] })
  else stages.at(-1)?.instructions.push(instruction)
}

export const lastStage = stages.at(-1) as Stage
export const inLastStage = (keyword: string): Instruction[] =>
  lastStage.instructions.filter((instruction) => instruction.keyword === keyword)

const patterns = ignoreText.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

/** Whether a path of the checkout reaches the builder: the last pattern that fits it, or a folder it is in, decides. */
export function reachesBuilder(path: string): boolean {
  const fitting = patterns.findLast((pattern) => fits(path, pattern.replace('!', '')))
  return fitting === undefined || fitting.startsWith('!')
}

function fits(path: string, pattern: string): boolean {
  const anyFolder = pattern.startsWith('**/')
  const name = pattern
    .replace('**/', '')
    .replaceAll('.', '\\.')
    .replaceAll(/\*+/g, (stars) => (stars === '*' ? '[^/]*' : '.*'))
  return new RegExp(`^${anyFolder ? '(.*/)?' : ''}${name}(/.*)?$`).test(path)
}
