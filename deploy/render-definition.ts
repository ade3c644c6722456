// ECS task definitions for Fargate, made of src/variables.ts. What is the same at every place is said by the image:
// NODE_ENV, HOST, the ports, the commit.
import { readConfig } from '../src/config.ts'
import type { ProcessRole } from '../src/variables.ts'
import type { Architecture } from './architecture.ts'
import { hasUseFor, healthCheckCommand, migrateCommand, needsSecret, roleOfMigrate, secretNames } from './needs.ts'

export const parts = ['api', 'admin', 'worker', 'migrate'] as const
export type Part = (typeof parts)[number]

export type RenderOptions = {
  /** Repository with a tag that is never moved, or with a digest. */
  image: string
  architecture: Architecture
  /** The ARN of a path of SSM parameters, up to its last slash, or of one Secrets Manager secret and a colon. */
  secrets: string
  /** JWT_SECRET_PREVIOUS too: while secrets change. */
  isRotating: boolean
  /** Admins' queries read from a replica. */
  hasReplica?: boolean
  /** Before the database stands a PgBouncer that does not know named statements. */
  isBehindOldPgbouncer?: boolean
}

/** Of the committed files, which nobody can register by mistake: deploy:check refuses the image and the account. */
export const placeholder = {
  image: 'weelo-order-service:placeholder',
  account: '000000000000',
  secrets: 'arn:aws:ssm:ap-south-1:000000000000:parameter/weelo/',
  architecture: 'X86_64',
} as const

/** CPU units and MiB, pairs that Fargate offers. The api holds up to 20,000 listeners of 20 KB, which is 400 MB of heap. */
const sizes: Record<Part, [cpu: number, memory: number]> = {
  api: [1024, 2048],
  admin: [512, 1024],
  worker: [256, 512],
  migrate: [256, 512],
}

/** A stop gives up on being graceful after nine seconds. */
const STOP_SECONDS = 15

export function renderDefinition(part: Part, options: RenderOptions) {
  const [cpu, memory] = sizes[part]
  const [, partition, , , account] = options.secrets.split(':')
  return {
    family: `weelo-order-service-${part}`,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    runtimePlatform: { cpuArchitecture: options.architecture, operatingSystemFamily: 'LINUX' },
    cpu: String(cpu),
    memory: String(memory),
    executionRoleArn: `arn:${partition}:iam::${account}:role/weelo-order-service-execution`,
    containerDefinitions: [container(part, options)],
  }
}

function container(part: Part, options: RenderOptions) {
  const [, , , region] = options.secrets.split(':')
  return {
    name: 'service',
    image: options.image,
    essential: true,
    ...(part === 'migrate' ? { command: migrateCommand } : listening(part, options)),
    secrets: secretsOf(part === 'migrate' ? roleOfMigrate : part, options),
    stopTimeout: STOP_SECONDS,
    user: 'node',
    readonlyRootFilesystem: true,
    // An init process, since the kernel keeps a SIGTERM from a first process that is still starting.
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': '/weelo/order-service',
        'awslogs-region': region,
        'awslogs-stream-prefix': part,
        // Else a process stands still when nobody takes its log.
        mode: 'non-blocking',
      },
    },
  }
}

function listening(part: Exclude<Part, 'migrate'>, { isBehindOldPgbouncer }: RenderOptions) {
  const { PORT, ADMIN_PORT } = readConfig({})
  const isPublic = part === 'api'
  return {
    environment: [
      { name: 'ROLE', value: part },
      // One load balancer stands before the phones' listener and adds the address that it sees.
      ...(isPublic ? [{ name: 'TRUSTED_PROXIES', value: '1' }] : []),
      // The worker goes to the database itself.
      ...(isBehindOldPgbouncer && part !== 'worker' ? [{ name: 'PG_NAMED_STATEMENTS', value: 'off' }] : []),
    ],
    portMappings: [...(isPublic ? [PORT] : []), ADMIN_PORT].map((port) => ({ containerPort: port, protocol: 'tcp' })),
    healthCheck: {
      command: healthCheckCommand,
      interval: 10,
      timeout: 5,
      retries: 3,
      startPeriod: 60,
    },
  }
}

function secretsOf(role: ProcessRole, { secrets, isRotating, hasReplica }: RenderOptions) {
  const isKeyOfOneSecret = secrets.endsWith(':')
  return [...secretNames]
    .filter((name) => (hasReplica ? hasUseFor : needsSecret)(role, name) && (isRotating || !name.endsWith('_PREVIOUS')))
    .map((name) => ({ name, valueFrom: isKeyOfOneSecret ? `${secrets}${name}::` : `${secrets}${name}` }))
}

/** The text of the file: JSON as Biome leaves it, which keeps a short list on one line. */
export const textOf = (definition: object): string =>
  `${JSON.stringify(definition, null, 2).replaceAll(/\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g, (_, list: string) => `[${list.replaceAll(/,\s+/g, ', ')}]`)}\n`

export const fileOf = (part: Part): string => (part === 'api' ? 'task-definition.json' : `task-definition.${part}.json`)
