import { deriveLogin } from '../../src/db/logins.ts'
import { ofPooler, throughPooler } from './pooler.ts'
import type { Environment } from './program.ts'
import { testSecret } from './secret.ts'

/** What an operator gives a process in production; the logins get their passwords here. Nothing is waited for at a stop. */
export const productionOf = async (ownerUrl: string): Promise<Environment> => ({
  NODE_ENV: 'production',
  DATABASE_URL: ownerUrl,
  REST_DATABASE_URL: throughPooler(await deriveLogin(ownerUrl, 'weelo_rest', testSecret)),
  ADMIN_DATABASE_URL: throughPooler(await deriveLogin(ownerUrl, 'weelo_graphql', testSecret)),
  ...ofPooler,
  DRAIN_SECONDS: '0',
})
