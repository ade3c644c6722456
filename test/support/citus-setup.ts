// One distributed database for the whole run, made anew at its beginning and after each file that commits.
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { deriveLogin } from '../../src/db/logins.ts'
import { beginAnew } from './begin-anew.ts'
import { differs } from './citus-differs.ts'
import { testSecret } from './secret.ts'

export default async function setup(project: TestProject): Promise<void> {
  const ownerUrl = process.env.TEST_CITUS_URL
  if (!ownerUrl)
    throw new Error(
      'Nothing was run: TEST_CITUS_URL is not set. It is the owner’s login on the coordinator, in a database that has the ' +
        'extension citus and its workers. docs/scale.md says how to make one.',
    )
  await beginAnew(ownerUrl)
  const name = new URL(ownerUrl).pathname.slice(1)
  await refuseUndistributed(ownerUrl)
  console.log('Skipped, since their premise does not exist here:')
  for (const [file, words, reason] of differs) console.log(`  ${file}${words && `, “${words}”`}: ${reason}.`)
  project.provide('ownerUrl', ownerUrl)
  project.provide('restUrl', await deriveLogin(ownerUrl, 'weelo_rest', testSecret))
  project.provide('adminUrl', await deriveLogin(ownerUrl, 'weelo_graphql', testSecret))
  project.provide('template', name)
  project.provide('shared', name)
}

/** A run on one server would pass and show nothing. */
async function refuseUndistributed(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ nodes: number }>(
      "select count(distinct nodename || nodeport)::integer as nodes from citus_shards where table_name = 'app.orders'::regclass",
    )
    const nodes = rows[0]?.nodes ?? 0
    if (nodes < 2)
      throw new Error(`The orders of TEST_CITUS_URL are on ${nodes} servers; add workers with citus_add_node.`)
    console.log(`Orders are spread over ${nodes} workers.`)
  } finally {
    await client.end()
  }
}
