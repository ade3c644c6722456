import { expect, it } from 'vitest'
import { type Answer, type Cause, causeOf, differenceOf, type Expected, type Path } from '../../deploy/verify-answer.ts'

const commit = 'fd3c2abc96c2f7037080754904c865fa210caf65'
const expected: Expected = { commit, schema: '000003', sql: '0123456789ab' }
const facts = { commit, schema: '000003', sql: '0123456789ab' }
const answer = (changes: object = {}, status = 200): Answer => ({ status, body: { ...facts, ...changes } })

it.each<[string, Path, Answer, string | undefined]>([
  ['as expected', '/version', answer(), undefined],
  ['as expected', '/readyz', answer(), undefined],
  ['another commit', '/version', answer({ commit: 'a'.repeat(40) }), 'commit aaaaaaaaaaaa'],
  ['another commit', '/readyz', answer({ commit: 'a'.repeat(40) }), 'commit aaaaaaaaaaaa'],
  ['no commit', '/version', answer({ commit: undefined }), 'commit unsaid'],
  ['an older schema', '/version', answer({ schema: '000002' }), 'schema 000002'],
  ['an older schema', '/readyz', answer({ schema: '000002' }), 'schema 000002'],
  ['a newer schema', '/readyz', answer({ schema: '000004' }), 'schema 000004'],
  ['other functions', '/version', answer({ sql: 'ba9876543210' }), 'sql ba9876543210'],
  ['other functions', '/readyz', answer({ sql: 'ba9876543210' }), 'sql ba9876543210'],
  [
    'not ready',
    '/readyz',
    answer({ problem: 'the database does not answer' }, 503),
    '503, the database does not answer',
  ],
  ['ready in words only', '/readyz', answer({}, 500), '500'],
  [
    'all at once',
    '/version',
    answer({ commit: 'b'.repeat(40), schema: '000001', sql: 'x' }),
    'commit bbbbbbbbbbbb, schema 000001, sql x',
  ],
  ['a page', '/version', { status: 200, body: undefined }, '200, which is no answer of this service'],
  ['a redirect', '/readyz', { status: 301, body: undefined }, '301, which is no answer of this service'],
  ['nothing', '/readyz', { failure: 'ECONNREFUSED' }, 'no answer (ECONNREFUSED)'],
])('%s at %s', (_, path, given, difference) => {
  expect(differenceOf(path, given, expected)).toBe(difference)
})

it.each<[string, Path, Answer, Cause]>([
  ['silence', '/version', { failure: 'ECONNREFUSED' }, 'no answer'],
  ['a page', '/readyz', { status: 200, body: undefined }, 'no answer'],
  ['another program’s JSON', '/version', { status: 404, body: { error: 'not found' } }, 'no answer'],
  ['another commit', '/version', answer({ commit: 'a'.repeat(40), sql: 'x' }), 'commit'],
  ['another commit', '/readyz', answer({ commit: 'a'.repeat(40), sql: 'x' }, 503), 'commit'],
  ['the commit built with other rules', '/version', answer({ sql: 'x' }), 'build'],
  ['the commit built with another schema', '/version', answer({ schema: '000002' }), 'build'],
  ['a database with other rules', '/readyz', answer({ sql: 'x' }), 'database'],
  ['a database that was not migrated', '/readyz', answer({ schema: '000002', problem: 'older' }, 503), 'database'],
  [
    'a database that is away',
    '/readyz',
    answer({ schema: undefined, sql: undefined, problem: 'away' }, 503),
    'not ready',
  ],
  ['a process that stops', '/readyz', answer({}, 503), 'not ready'],
])('the cause of %s at %s', (_, path, given, cause) => {
  expect(causeOf(path, given, expected)).toBe(cause)
})

it('an abbreviated commit is enough, from its beginning', () => {
  const short = (abbreviation: string) => differenceOf('/version', answer(), { ...expected, commit: abbreviation })
  expect(short('fd3c2ab')).toBeUndefined()
  expect(short('d3c2abc')).toBeDefined()
})

it('after a rollback the database may be newer than the program, and never older', () => {
  const rolledBack: Expected = { ...expected, sql: undefined }
  const at = (path: Path, schema: string) => differenceOf(path, answer({ schema, sql: 'newer' }), rolledBack)
  expect([at('/version', '000003'), at('/readyz', '000003'), at('/readyz', '000004')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect([at('/version', '000004'), at('/readyz', '000002')]).toEqual(['schema 000004', 'schema 000002'])
})
