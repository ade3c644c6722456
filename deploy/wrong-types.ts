import { variables } from '../src/variables.ts'
import { secretNames } from './needs.ts'

/** Where in the file, and of what type it should be. */
export type WrongType = { path: (string | number)[]; message: string; expected?: string }

/** A copy in which each is of the right type where it can be told, and absent where not; and a line on each. */
export function mend(json: unknown, wrong: WrongType[]): { json: unknown; problems: string[] } {
  const copy = structuredClone(json)
  const problems = wrong.map((each) => {
    const parent = at(copy, each.path.slice(0, -1))
    const key = each.path.at(-1)
    if (!isObject(parent) || key === undefined) return `${each.path.join('.') || 'the file'}: ${each.message}`
    const value = parent[key]
    parent[key] = asMeant(value, each.expected)
    return problemOf(each, value, parent[key], parent.name)
  })
  return { json: copy, problems }
}

type Values = Record<string | number, unknown>
const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null
const at = (value: unknown, path: WrongType['path']): unknown =>
  path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

function asMeant(value: unknown, expected: string | undefined): unknown {
  if (expected === 'string') return ['number', 'boolean'].includes(typeof value) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  if (expected === 'boolean') return { true: true, false: false }[value]
  return expected === 'number' && /^\d+$/.test(value) ? Number(value) : undefined
}

function problemOf({ path, message }: WrongType, value: unknown, meant: unknown, name: unknown): string {
  if (meant === undefined) return `${path.join('.')}: ${message}`
  const isVariable = path.at(-1) === 'value' && typeof name === 'string'
  // A secret may stand under any name but these.
  const isHarmless = isVariable
    ? variables.some((each) => each.name === name && !secretNames.has(each.name))
    : ['number', 'boolean'].includes(typeof meant)
  const subject = isVariable ? name : path.slice(2).join('.')
  return `${subject}: is a ${typeof value}: ${isHarmless ? `write ${JSON.stringify(meant)}` : `write a ${typeof meant}`}`
}
