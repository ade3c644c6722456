// npm run token -- --user UUID --phone 9876543210 --role customer [--name "Asha"] [--days 30]
import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { signToken } from '../token.ts'

const { values } = parseArgs({
  options: {
    user: { type: 'string' },
    phone: { type: 'string' },
    role: { type: 'string', default: 'customer' },
    name: { type: 'string' },
    days: { type: 'string', default: '30' },
  },
})
if (
  !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(values.user ?? '') ||
  !values.phone ||
  !(Number(values.days) > 0)
) {
  console.error('Usage: npm run token -- --user UUID --phone 9876543210 [--role customer] [--name "Asha"] [--days 30]')
  process.exit(1)
}
const { user = '', phone, role, name } = values
console.log(
  await signToken(
    readConfig(process.env).JWT_SECRET,
    { userId: user, phone, role, ...(name && { name }) },
    `${values.days} days`,
  ),
)
