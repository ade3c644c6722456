import type pg from 'pg'

/** Who may connect. A role that people are granted counts for their own logins. weelo_admin and weelo_support never connect. */
const mayConnect = ['weelo_rest', 'weelo_graphql', 'weelo_reader', 'weelo_operator']

/** Without this every login of the cluster may connect and make temporary tables. */
export async function closeDatabaseToPublic(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(
    `select format('revoke connect, temporary on database %1$I from public, %2$s; grant connect on database %1$I to %2$s',
       current_database(), array_to_string($1::text[], ', ')) as sql
     where has_database_privilege('public', current_database(), 'connect') or exists (
       select from unnest($1::text[]) as role
       where has_database_privilege(role, current_database(), 'temporary')
         or not has_database_privilege(role, current_database(), 'connect'))`,
    [mayConnect],
  )
  if (rows[0]) await client.query(rows[0].sql)
}
