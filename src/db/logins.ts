// The least-privilege logins. In production an operator makes them; elsewhere they follow from the owner's login, with
// a password that any process with the same JWT_SECRET can work out.
import { createHmac } from 'node:crypto'
import pg from 'pg'

export type Login = 'weelo_rest' | 'weelo_graphql'

/** The URL of a role on the owner's database, whose password is set to match when it does not yet. */
export async function deriveLogin(ownerUrl: string, role: Login, secret: string): Promise<string> {
  const url = new URL(ownerUrl)
  url.username = role
  for (const name of ['user', 'password']) url.searchParams.delete(name) // these would win over the user we set
  url.password = createHmac('sha256', secret).update(role).digest('hex')
  if (!(await canConnect(url.href))) await setPassword(ownerUrl, role, url.password).catch(unlessDone)
  return url.href

  /** Two processes that start at once set the same password at once, and Postgres lets one of them fail. */
  async function unlessDone(error: unknown): Promise<void> {
    if (!(await canConnect(url.href))) throw error
  }
}

async function setPassword(ownerUrl: string, role: string, password: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl })
  await owner.connect()
  try {
    await owner.query(`alter role ${role} login password '${password}'`)
  } finally {
    await owner.end()
  }
}

async function canConnect(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
