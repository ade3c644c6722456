// TEST_PGBOUNCER, an address: by way of it the service's logins reach the server of TEST_DATABASE_URL. The owner, who makes
// databases, goes to the server itself. TEST_NAMED_STATEMENTS=on shows that it can fail.
const { TEST_PGBOUNCER: address, TEST_NAMED_STATEMENTS } = process.env

export const areStatementsNamed = address === undefined || TEST_NAMED_STATEMENTS === 'on'

/** The URL of a service's login, as it is or by way of PgBouncer. */
export const throughPooler = (url: string): string =>
  address === undefined ? url : Object.assign(new URL(url), { host: address }).href

/** What a program is told besides. */
export const ofPooler: Record<string, string> =
  address === undefined ? {} : { PG_NAMED_STATEMENTS: areStatementsNamed ? 'on' : 'off' }
