import { variables } from '../src/variables.ts'
import { secretNames } from './needs.ts'

const ARN = /^arn:aws[\w-]*:(ssm|secretsmanager):[\w-]+:\d{12}:./

type References = { name: string; valueFrom: string }[]

/** Whether each secret is a reference, and to its own secret: the owner's login must not come under a phone's name. */
export function problemsOfReferences(secrets: References): string[] {
  return secrets.flatMap((secret, index) => [...problemsOfReference(secret), ...sameAsBefore(secrets, index)])
}

function problemsOfReference({ name, valueFrom }: References[number]): string[] {
  if (!secretNames.has(name)) return variables.some((each) => each.name === name) ? [noSecret(name)] : []
  if (valueFrom === '') return [`${name}: has an empty valueFrom: give the ARN of the secret`]
  if (!ARN.test(valueFrom))
    return [`${name}: its valueFrom is no ARN of SSM or Secrets Manager: give the ARN, never the secret itself`]
  const other = [...secretNames].find(
    (each) => each !== name && mentions(valueFrom, each) && !mentions(valueFrom, name),
  )
  return other ? [`${name}: its valueFrom is that of ${other}: give each the ARN of its own secret`] : []
}

const noSecret = (name: string) => `${name}: is no secret, and by reference nobody can judge it: move it to environment`

/** As a whole word: JWT_SECRET is not mentioned by JWT_SECRET_PREVIOUS. */
const mentions = (text: string, name: string) => new RegExp(`(?<![A-Z_])${name}(?![A-Z_])`).test(text)

function sameAsBefore(secrets: References, index: number): string[] {
  const { name, valueFrom } = secrets[index] as References[number]
  const first = secrets.slice(0, index).find((each) => each.valueFrom === valueFrom && each.name !== name)
  return first && valueFrom !== ''
    ? [`${name}: has the valueFrom of ${first.name}: give each the ARN of its own secret`]
    : []
}
