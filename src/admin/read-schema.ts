import './graphile-env.ts'
import { lexicographicSortSchema, printSchema } from 'postgraphile/graphql'
import { makePool } from '../db/pool.ts'
import { startGraphql } from './graphql.ts'

/** The admins' API of a database as the text of schema.graphql: sorted, so that it changes only when the API does. */
export async function readSchema(adminUrl: string): Promise<string> {
  const pool = makePool(adminUrl, 1, () => {})
  try {
    const { schema, release } = await startGraphql(pool, (error) => error)
    const text = printSchema(lexicographicSortSchema(schema))
    await release()
    return `${text}\n`
  } finally {
    await pool.end()
  }
}
