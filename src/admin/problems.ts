// What the admin listener itself refuses, in GraphQL's own shape; a browser at the door gets the sentence alone.
// What the database refuses is told by mask-error.ts.
import type { AdminContext } from './context.ts'

type Problem = { status: 400 | 401 | 403 | 404 | 413 | 415 | 429 | 500 | 503; code: string; message: string }

const problems = {
  token_is_valid: {
    status: 401,
    code: 'UNAUTHORIZED',
    message:
      'This address is for admins, and the token is missing, wrong or at its end. In a browser open the link /?token=…, elsewhere send "Authorization: Bearer …". npm run token -- --user UUID --role admin signs a token.',
  },
  role_is_admin: {
    status: 403,
    code: 'FORBIDDEN',
    message: 'Your token is good, but its role is neither admin nor support. Ask for a token of one of these roles.',
  },
  calls_without_sign_in_within_limit: {
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'More requests without a good token came from your address than are answered in a minute. Wait a minute.',
  },
  route_is_known: {
    status: 404,
    code: 'NOT_FOUND',
    message: 'There is nothing at this address. GraphQL is POST /graphql, its page is at /, health is at /readyz.',
  },
  body_is_within_64_kib: {
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The request is larger than 64 KiB and was not read. Send a shorter query.',
  },
  body_is_json: {
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'Send the query as JSON, {"query": "…"}, with Content-Type: application/json.',
  },
  query_is_text: {
    status: 400,
    code: 'BAD_REQUEST',
    message: 'The body is not a JSON object with the query as a text: {"query": "…", "variables": {…}}.',
  },
  query_can_be_read: { status: 400, code: 'BAD_REQUEST', message: 'The query cannot be read.' },
  query_is_within_limits: { status: 400, code: 'QUERY_TOO_LARGE', message: 'The query asks for too much.' },
  database_answers: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    message: 'The database does not answer, so nothing was read or changed. /readyz says more; try again in a moment.',
  },
  database_is_migrated: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    message:
      'The database is not migrated, or this login has no rights on it, so nothing was read or changed. An operator runs npm run migrate.',
  },
  no_fault_of_ours: {
    status: 500,
    code: 'INTERNAL_ERROR',
    message: 'Something went wrong on our side. The log says what, under the request id.',
  },
} satisfies Record<string, Problem>

export type AdminRule = keyof typeof problems

/** Answers with the refusal of a rule; `message` replaces the general sentence by one that knows more. */
export function problem(c: AdminContext, rule: AdminRule, message: string = problems[rule].message): Response {
  const { status, code } = problems[rule]
  if (status === 503) c.header('Retry-After', '1')
  if (c.req.header('accept')?.includes('text/html')) return c.text(message, status)
  const requestId = c.get('requestId')
  return c.json({ errors: [{ message, extensions: { code, rule, requestId } }] }, status)
}
