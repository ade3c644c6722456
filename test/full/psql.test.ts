// A DBA at the prompt: the line that `npm start` prints, the page of sql/README.md, and orders made by hand.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { greetingOf } from '../support/greeting.ts'
import { project, startProgram, temporaryFolder } from '../support/program.ts'
import { oneTruck, request } from '../support/service.ts'
import { until } from '../support/until.ts'

const createFor = (
  customer: string,
  trucks: number,
) => `select id, status, trucks_total, goods_type, customer_name from api.create_order(
  p_customer_id => '${customer}',
  p_pickup => '{"latitude": 28.63148, "longitude": 77.21666, "address": "Connaught Place, New Delhi"}',
  p_drop => '{"latitude": 26.90873, "longitude": 75.78327, "address": "Civil Lines, Jaipur"}',
  p_truck_lines => '[{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": ${trucks}, "price_per_truck": 3555}]',
  p_distance_km => 237);`
const create = createFor('11111111-1111-4111-8111-111111111111', 2)

/** Whose truck set off yesterday and has not been heard of. */
const waiting = '22222222-2222-4222-8222-222222222222'
const vehicle = 'MH01ZZ0001'
const tripOf = `(select id from api.trips where vehicle_number = '${vehicle}')`

/** What each line of the README's page is for, by a word of the line: what it prints, and whether it changes something. */
const promises: Record<string, { prints: RegExp; changes?: true }> = {
  'api.health()': { prints: /^unique rules\|t\|all there\|\nguards\|t\|all on\|\n(.+\|t\|.*\|\n){4}.+\|t\|.*\|$/ },
  'from api.orders where customer_phone =': { prints: /^[\w-]{36}\|[\w-]{36}\|active\|active\|\d+\|/ },
  'api.explain_customer(': {
    prints: /create_is_refused_by\|one_active_order_per_customer\nwhat_to_do\|Cancel order /,
  },
  'api.order_timeline(': { prints: /\|\|active\|/ },
  'api.cancel_order_by_id(': { prints: /^[\w-]{36}\|cancelled\|asked by phone$/, changes: true },
  'api.create_order(': { prints: /^[\w-]{36}\|\d{4}-\d\d-\d\d /, changes: true },
  'api.active_orders': { prints: /^[\w-]{36}\|9876543210\|\d+\|0\|2$/m },
  'api.accept_truck_request(': { prints: /^[\w-]{36}\|[\w-]{36}\.2\|driver_accepted$/, changes: true },
  'join api.trips': { prints: /^[\w-]{36}\|(driver_accepted|withdrawn)\|MH12AB1234\|Ravi\|9812345678\|f$/m },
  'api.stuck_trips': { prints: /^[\w-]{36}\|in_transit\|MH01ZZ0001\|9800000001\|\d{4}-.*\|\d{4}-[^\n]*$/ },
  'api.withdraw_trip(': { prints: /^[\w-]{36}\|withdrawn\|the driver is ill$/, changes: true },
  'api.sweep_status()': { prints: /^expire_due_orders\|\d{4}-/ },
  'api.expire_due_orders()': { prints: /^0$/, changes: true },
  'api.change_settings(': { prints: /^00:01:00\|20\|24:00:00\|400 days$/, changes: true },
  'api.erase_customer(': { prints: /^0$/, changes: true },
}

const page = readFileSync(join(project, 'sql', 'README.md'), 'utf8').split('## At the prompt')[1] ?? ''
const block = /```sql\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
const lines = block
  .trim()
  .split('\n\n')
  .map((entry) => {
    const [comment = '', ...rest] = entry.split('\n')
    const statement = rest.filter((line) => !line.startsWith('--')).join('\n')
    const word = Object.keys(promises).findLast((each) => statement.includes(each)) ?? ''
    return { question: comment.replace('-- ', ''), statement, promise: promises[word] }
  })

const dataDir = temporaryFolder()
const password = 'only-for-this-test'
let owner = ''
const as = (login: string) =>
  login === 'weelo' ? owner : `PGPASSWORD='${password}' ${owner.replace('-U weelo', `-U ${login}`)}`

/** Runs a printed line in a shell, with what the DBA then types. */
function psql(line: string, typed: string): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `${line} -X -At -v ON_ERROR_STOP=1`], {
    input: `${typed}\n`,
    encoding: 'utf8',
  })
  return { status, stdout: stdout.trim(), stderr }
}

beforeAll(async () => {
  try {
    execFileSync('psql', ['--version'])
  } catch {
    throw new Error('This test needs psql: apt-get update && apt-get install -y postgresql-client')
  }
  const program = await startProgram({ DATA_DIR: dataDir })
  const greeting = await greetingOf(program)
  owner = greeting.psql
  await until(async () => program.lines().some((line) => line.tag === 'CleanupJob'), 'the first sweep has run')
  await request(program.url, 'POST', '/api/v1/orders', oneTruck, { authorization: `Bearer ${greeting.customerToken}` })
  const [order = ''] = psql(owner, createFor(waiting, 1)).stdout.split('|')
  const sentOff = psql(
    owner,
    `select from api.accept_truck_request('${order}.1', '33333333-3333-4333-8333-333333333333', '${vehicle}', 'Om', '9800000001');
     select from api.start_trip(${tripOf});
     update app.trips set started_at = started_at - interval '25 hours';`,
  )
  expect(sentOff.stderr).toBe('')
  for (const [login, role] of [
    ['asha', 'weelo_operator'],
    ['ravi', 'weelo_reader'],
  ])
    expect(psql(owner, `create role ${login} login password '${password}'; grant ${role} to ${login};`).stderr).toBe('')
})

it('the line that npm start prints opens the database', () => {
  const { status, stdout } = psql(owner, 'select current_user, current_database();')
  expect([status, stdout]).toEqual([0, 'weelo|weelo'])
})

it('the page of sql/README.md has fifteen lines, and each line a promise below', () => {
  expect(lines).toHaveLength(15)
  expect(lines.filter(({ promise }) => promise === undefined)).toEqual([])
})

describe.each([
  ['the owner', 'weelo'],
  ['a login with weelo_operator', 'asha'],
])('the page of sql/README.md, typed in order by %s', (_, login) => {
  it.each(lines)('$question', ({ statement, promise }) => {
    const { status, stdout, stderr } = psql(as(login), statement)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(promise?.prints ?? /^$/)
  })
})

it('the timeline names who did it: the login', () => {
  const { stdout } = psql(
    as('asha'),
    `select to_status, trip_status, actor, reason from api.order_events where actor <> 'customer' and customer_id <> '${waiting}' order by id;`,
  )
  const doneBy = (login: string) => [
    `cancelled||${login}|asked by phone`,
    `active||${login}|`,
    `partially_filled||${login}|`,
    `partially_filled|driver_accepted|${login}|`,
    `active||${login}|`,
    `active|withdrawn|${login}|the driver is ill`,
  ]
  expect(stdout.split('\n')).toEqual([...doneBy('weelo'), ...doneBy('asha')])
})

describe('the page of sql/README.md, typed by a login with weelo_reader', () => {
  it.each(lines.filter(({ promise }) => !promise?.changes))('$question', ({ statement, promise }) => {
    const { status, stdout, stderr } = psql(as('ravi'), statement)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(promise?.prints ?? /^$/)
  })

  it.each(lines.filter(({ promise }) => promise?.changes))('$question Refused.', ({ statement }) => {
    const { status, stderr } = psql(as('ravi'), statement)
    expect(status).toBe(3)
    expect(stderr).toMatch(/permission denied for function \w+/)
  })
})

it('a trip that has set off is completed, not taken back, and its order with it', () => {
  const end = (command: string) =>
    psql(as('asha'), `select status, end_reason from api.${command}(${tripOf}, 'arrived yesterday');`)
  const refused = end('withdraw_trip')
  expect(refused.status).toBe(3)
  expect(refused.stderr).toMatch(/ERROR:\s+A trip that is in_transit cannot become withdrawn/)
  expect(refused.stderr).toMatch(/HINT:\s+.*a started one can only be completed/)
  expect(end('complete_trip').stdout).toBe('completed|arrived yesterday')
  const { stdout } = psql(
    as('ravi'),
    `select status from api.orders where customer_id = '${waiting}'; select count(*) from api.stuck_trips;`,
  )
  expect(stdout).toBe('completed\n0')
})

it('a dispute is recorded for the customer by a login with weelo_operator, and not by one with weelo_reader', () => {
  const dispute = `select status, notes from api.orders o, api.dispute_cancel(o.customer_id, o.id, 'customer_request', 'rang us') where o.customer_id = '${waiting}';`
  const refused = psql(as('ravi'), dispute)
  expect(refused.status).toBe(3)
  expect(refused.stderr).toMatch(/permission denied for function dispute_cancel/)
  expect(psql(as('asha'), dispute).stdout).toBe('completed|rang us')
  expect(psql(as('ravi'), 'select reason_code, notes from api.disputes;').stdout).toBe('customer_request|rang us')
})

it('an order made by hand with named arguments and defaults is there', () => {
  const { status, stdout, stderr } = psql(owner, create)
  expect([status, stderr]).toEqual([0, ''])
  const [id, ...facts] = stdout.split('|')
  expect(facts).toEqual(['active', '2', 'General', ''])
  const row = psql(owner, `select status, is_open, total_amount from app.orders where id = '${id}';`).stdout
  expect(row).toBe('active|t|7110')
})

it('a second one is refused with the order in DETAIL and the way out in HINT, which works when pasted', () => {
  const { status, stderr } = psql(owner, create)
  expect(status).toBe(3)
  expect(stderr).toMatch(/ERROR:\s+The customer already has an active order/)
  expect(stderr).toMatch(/DETAIL:\s+\{"activeOrder"/)
  const [, way] =
    /HINT:\s+Cancel order .*? In psql: select \* from (api\.cancel_order_by_id\(.*?\));/.exec(stderr) ?? []
  expect(psql(owner, `select status from ${way};`).stdout).toBe('cancelled')
  expect(psql(owner, create).stdout).toContain('active')
})

describe('\\df+ api.* tells what each function promises', () => {
  it.each([
    ['create_order', 'one_active_order_per_customer (OR409)'],
    ['cancel_order', 'order_is_cancellable (OR409)'],
    ['accept_truck_request', 'one_live_trip_per_vehicle and one_live_trip_per_driver (OR409)'],
    ['open_truck_requests', 'what a transporter may accept'],
    ['dispute_cancel', 'the customer wants to be let out of an order'],
    ['complete_trip', 'trip_end_reason_is_given (OR400) and trip_move_is_legal (OR409)'],
    ['withdraw_trip', 'Takes a promised truck back before it sets off'],
    ['active_order', 'the one that would refuse a create'],
    ['expire_due_orders', 'Run it until it returns 0'],
    ['explain_customer', 'Why a customer can or cannot book'],
    ['order_timeline', 'What happened to an order'],
    ['sweep_status', 'One row per kind of sweep'],
    ['erase_customer', 'Deletes nothing and cannot be undone'],
    ['health', 'Is the service whole?'],
  ])('api.%s', (name, promise) => {
    const { stdout } = psql(as('ravi'), '\\x\n\\df+ api.*')
    const [, description] = new RegExp(`^Name\\|${name}$[^]*?^Description\\|(.*)$`, 'm').exec(stdout) ?? []
    expect(description).toContain(promise)
  })
})

it('\\d+ api.active_orders tells what each column means', () => {
  const [columns = ''] = psql(as('ravi'), '\\d+ api.active_orders').stdout.split('View definition:')
  const described = columns.trim().split('\n')
  expect(described.length).toBeGreaterThan(5)
  for (const column of described) expect(column).toMatch(/\|[^|]+$/)
  expect(columns).toMatch(/^seconds_left\|.*\|Whole seconds that the search still runs/m)
})

it('npm run psql opens the running database', () => {
  const { PATH = '', HOME = '' } = process.env
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['src/cli/psql.ts', '-X', '-At', '-c', 'select current_user, current_database(), inet_server_port()'],
    { cwd: project, env: { PATH, HOME, DATA_DIR: dataDir }, encoding: 'utf8' },
  )
  const [, port] = / -p (\d+) /.exec(owner) ?? []
  expect([stdout.trim(), stderr]).toEqual([`weelo|weelo|${port}`, ''])
})
