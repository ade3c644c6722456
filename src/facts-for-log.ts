import pg from 'pg'

/** Not the error itself: the detail of a database error quotes the row, addresses and phone included. */
export function factsForLog(error: unknown): object {
  const { code, constraint, where, message, stack } = error as Record<string, unknown>
  return error instanceof pg.DatabaseError ? { code, constraint, message, where } : { code, message, stack }
}
