import { developmentJwtSecret } from './config.ts'
import type { EmbeddedPostgres } from './db/embedded.ts'
import { splitLogin } from './db/login-of-url.ts'
import { signToken } from './token.ts'

type Started = {
  publicUrl?: string | undefined
  adminUrl: string
  hasGraphql: boolean
  jwtSecret: string
  ownerUrl?: string | undefined
  embedded?: EmbeddedPostgres | undefined
}

/** The same customer at every start, so that a second `npm start` shows the orders of the first. */
const newcomer = { userId: '00000000-0000-4000-8000-000000000001', phone: '9876543210', role: 'customer', name: 'Asha' }

const newTransporter = { userId: '00000000-0000-4000-8000-0000000000f1', phone: '9123456780', role: 'transporter' }

/** Events record this admin's id. */
const newAdmin = { userId: '00000000-0000-4000-8000-0000000000ad', phone: '', role: 'admin' }

/** What a newcomer needs to try the service at once. Never called in production: it holds a token. */
export async function greet({
  publicUrl,
  adminUrl,
  hasGraphql,
  jwtSecret,
  ownerUrl,
  embedded,
}: Started): Promise<void> {
  const token = await signToken(jwtSecret, newcomer, '30 days')
  const transporterToken = await signToken(jwtSecret, newTransporter, '30 days')
  const adminToken = await signToken(jwtSecret, newAdmin, '12 hours')
  const body = {
    pickup: { latitude: 28.63148, longitude: 77.21666, address: 'Connaught Place, New Delhi' },
    drop: { latitude: 26.90873, longitude: 75.78327, address: 'Civil Lines, Jaipur' },
    distanceKm: 237,
    vehicleRequirements: [{ vehicleType: 'open', vehicleSubtype: '17 Feet', quantity: 2, pricePerTruck: 3555 }],
  }
  const truck = {
    truckRequestId: 'ID.1',
    vehicleNumber: 'MH 12 AB 1234',
    driverName: 'Ravi',
    driverPhone: '9876501234',
  }
  const psql = embedded
    ? `PGPASSFILE='${embedded.passwordFile}' psql -h 127.0.0.1 -p ${embedded.port} -U weelo weelo`
    : ownerUrl && psqlLine(splitLogin(ownerUrl))
  const lines = [
    '',
    'The Weelo order service is running.',
    ...(publicUrl
      ? [`  REST            ${publicUrl}/api/v1/orders`, `  API description ${publicUrl}/openapi.json`]
      : []),
    `  Health          ${publicUrl ?? adminUrl}/readyz`,
    ...(hasGraphql ? [`  Admin GraphQL   ${adminUrl}/graphql`] : []),
    ...(jwtSecret === developmentJwtSecret ? [`  JWT_SECRET      ${jwtSecret} (not for production)`] : []),
    '',
    ...(publicUrl
      ? [
          'A customer’s token, for 30 days (more: npm run token):',
          `  ${token}`,
          '',
          'Create an order:',
          `  curl -s -X POST ${publicUrl}/api/v1/orders -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`,
          'Listen to it, with its id in place of ID:',
          `  curl -sN ${publicUrl}/api/v1/orders/ID/events -H 'Authorization: Bearer ${token}'`,
          '',
          'A transporter’s token, for 30 days:',
          `  ${transporterToken}`,
          'Accept the first truck of the order within its minute (GET /api/v1/orders/active lists all that search):',
          `  curl -s -X POST ${publicUrl}/api/v1/orders/accept -H 'Authorization: Bearer ${transporterToken}' -H 'Content-Type: application/json' -d '${JSON.stringify(truck)}'`,
          '',
        ]
      : []),
    ...(hasGraphql
      ? [
          'An admin’s token, for 12 hours (to look only: npm run token -- --user UUID --role support):',
          `  ${adminToken}`,
          'and the page for a browser:',
          `  ${adminUrl}/?token=${adminToken}`,
          '',
        ]
      : []),
    ...(psql ? ['The database (or: npm run psql):', `  ${psql}`, ''] : []),
    'The two acceptance flows, step by step: npm run demo (in another terminal). Stop with Ctrl-C.',
    '',
  ]
  console.log(lines.join('\n'))
}

const psqlLine = ({ url, user }: { url: string; user: string }) => `psql ${user && `-U '${user}' `}'${url}'`
