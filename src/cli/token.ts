// npm run token -- --user UUID --phone 9876543210 [--role customer] [--name "Asha"] [--days 30]; only customers need a phone
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { configOrExit } from '../config.ts'
import { signToken } from '../token.ts'

const usage = `Usage: npm run token -- --user UUID --phone 9876543210 [--role customer] [--name "Asha"] [--days 30]
       npm run token -- --user UUID --role transporter (or admin, or support, who may only look)`
const text = { type: 'string' } as const
const options = z
  .object({
    user: z.guid(),
    phone: z.string().default(''),
    role: z.string().min(1).default('customer'),
    name: z.string().optional(),
    days: z.coerce.number().positive().max(36_500).default(30),
  })
  .refine(({ role, phone }) => role !== 'customer' || phone !== '')

const { JWT_SECRET } = configOrExit()
try {
  const { values } = parseArgs({ options: { user: text, phone: text, role: text, name: text, days: text } })
  const { user: userId, days, ...claims } = options.parse(values)
  console.log(await signToken(JWT_SECRET, { userId, ...claims }, `${days} days`))
} catch {
  console.error(usage)
  process.exit(1)
}
