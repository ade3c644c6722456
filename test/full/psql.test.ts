// A DBA at the prompt: the line that `npm start` prints, and orders made by hand.
import { execFileSync, spawnSync } from 'node:child_process'
import { beforeAll, expect, it } from 'vitest'
import { startProgram, temporaryFolder } from '../support/program.ts'
import { until } from '../support/until.ts'

const customer = '11111111-1111-4111-8111-111111111111'
const create = `select id, status, trucks_total, goods_type, customer_name from api.create_order(
  p_customer_id => '${customer}',
  p_pickup => '{"latitude": 28.63148, "longitude": 77.21666, "address": "Connaught Place, New Delhi"}',
  p_drop => '{"latitude": 26.90873, "longitude": 75.78327, "address": "Civil Lines, Jaipur"}',
  p_truck_lines => '[{"vehicle_type": "open", "vehicle_subtype": "17 Feet", "quantity": 2, "price_per_truck": 3555}]',
  p_distance_km => 237)`

let line = ''

/** Runs the printed line in a shell, with what the DBA then types. */
function psql(sql: string, ...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `${line} -X ${flags.join(' ')}`], {
    input: `${sql};\n`,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

beforeAll(async () => {
  try {
    execFileSync('psql', ['--version'])
  } catch {
    throw new Error('This test needs psql: apt-get install -y postgresql-client')
  }
  const program = await startProgram({ DATA_DIR: temporaryFolder() })
  await until(async () => {
    line = /The database:\n\s+(.*)\n/.exec(program.output.stdout)?.[1] ?? ''
    return line !== ''
  }, 'the line for psql is printed')
})

it('the line that npm start prints opens the database', () => {
  const { status, stdout } = psql('select current_user, current_database()', '-At')
  expect([status, stdout.trim()]).toEqual([0, 'weelo|weelo'])
})

it('an order made by hand with named arguments and defaults is there', () => {
  const { status, stdout, stderr } = psql(create, '-At')
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const [id, ...facts] = stdout.trim().split('|')
  expect(facts).toEqual(['active', '2', 'General', ''])
  const row = psql(`select status, is_open, total_amount from app.orders where id = '${id}'`, '-At').stdout.trim()
  expect(row).toBe('active|t|7110')
  expect(psql(`select actor from app.order_events where order_id = '${id}'`, '-At').stdout.trim()).toBe('weelo')
})

it('a second one is refused with the order in DETAIL and the way out in HINT, which works when pasted', () => {
  const { status, stderr } = psql(create, '-At', '-v ON_ERROR_STOP=1')
  expect(status).toBe(3)
  expect(stderr).toMatch(/ERROR:\s+The customer already has an active order/)
  expect(stderr).toMatch(/DETAIL:\s+\{"activeOrder"/)
  const [, way] = /HINT:\s+Cancel it with (api\.cancel_order\(.*?\)), or wait/.exec(stderr) ?? []
  expect(psql(`select status from ${way}`, '-At').stdout.trim()).toBe('cancelled')
  expect(psql(create, '-At').stdout).toContain('active')
})

it('\\df+ tells what the command promises and refuses', () => {
  const { stdout } = psql('\\df+ api.create_order')
  expect(stdout).toContain('one_active_order_per_customer (OR409)')
})
