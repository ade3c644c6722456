// npm run deploy:render: writes the task definitions of a release, or, without --image, those that are committed here.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { architectureOf } from './architecture.ts'
import { fileOf, parts, placeholder, type RenderOptions, renderDefinition, textOf } from './render-definition.ts'
import { usageOrExit } from './usage.ts'

const usage = `npm run deploy:render -- --image REPOSITORY:TAG --architecture amd64|arm64 [--secrets ARN] [--rotate] [--replica] [--pgbouncer] [--out FOLDER]
  --image    with a tag that is never moved, or with @sha256:…
  --architecture  for which the image was built; Docker knows it:
             docker image inspect --format '{{.Architecture}}' IMAGE
  --secrets  arn:aws:ssm:REGION:ACCOUNT:parameter/PATH/ (a parameter for each secret), or
             arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX: (one secret, a JSON key for each)
  --rotate   with JWT_SECRET_PREVIOUS, while secrets change
  --replica  with DATABASE_READ_URL, where admins' queries read from a replica
  --pgbouncer  with PG_NAMED_STATEMENTS=off, behind a PgBouncer before 1.21
  --out      deploy/rendered unless given
What is not given stays a placeholder, which deploy:check refuses. Without --image it writes the committed files anew.`

const SECRETS_ARN = /^arn:aws[\w-]*:(ssm:[\w-]+:\d{12}:parameter\/.*\/|secretsmanager:[\w-]+:\d{12}:secret:[^:]+:)$/

function read(): { options: RenderOptions; folder: string } {
  const { values } = parseArgs({
    options: {
      image: { type: 'string' },
      architecture: { type: 'string' },
      secrets: { type: 'string' },
      rotate: { type: 'boolean', default: false },
      replica: { type: 'boolean', default: false },
      pgbouncer: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  })
  const { rotate: isRotating, replica: hasReplica, pgbouncer: isBehindOldPgbouncer } = values
  const isForPlace =
    values.secrets !== undefined ||
    values.architecture !== undefined ||
    isRotating ||
    hasReplica ||
    isBehindOldPgbouncer
  if (values.image === undefined && isForPlace) throw new Error('--image is missing: which image shall run?')
  if (values.image !== undefined && values.architecture === undefined)
    throw new Error('--architecture is missing: for which processor was the image built?')
  if (values.secrets !== undefined && !SECRETS_ARN.test(values.secrets))
    throw new Error('--secrets is no ARN of the two forms below: where are the secrets of this place?')
  const { image = placeholder.image, secrets = placeholder.secrets } = values
  const architecture = architectureOf(values.architecture ?? placeholder.architecture)
  const folder =
    values.out ?? (values.image === undefined ? import.meta.dirname : join(import.meta.dirname, 'rendered'))
  return { options: { image, secrets, architecture, isRotating, hasReplica, isBehindOldPgbouncer }, folder }
}

const { options, folder } = usageOrExit(read, usage)
mkdirSync(folder, { recursive: true })
for (const part of parts) {
  const file = join(folder, fileOf(part))
  writeFileSync(file, textOf(renderDefinition(part, options)))
  console.log(`${file}: written`)
}
