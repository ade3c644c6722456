// An admin in a browser: the link that `npm start` prints opens Ruru, which asks no other site for anything.
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { greetingOf } from '../support/greeting.ts'
import { type Program, startProgram, temporaryFolder } from '../support/program.ts'
import { oneTruck, request } from '../support/service.ts'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
/** A browser paints when it likes; on a busy machine that takes a while. */
const patience = { timeout: 20_000, interval: 50 }

let program: Program
let browser: Browser
let page: Page
let orderId = ''
const requested: string[] = []
const complaints: string[] = []

beforeAll(async () => {
  if (!existsSync(executablePath))
    throw new Error(
      `There is no ${executablePath}. This test needs a Chromium: apt-get update && apt-get install -y chromium, or set CHROMIUM to the path of yours.`,
    )
  program = await startProgram({ DATA_DIR: temporaryFolder() })
  const { customerToken, adminLink } = await greetingOf(program)
  const created = await request(program.url, 'POST', '/api/v1/orders', oneTruck, {
    authorization: `Bearer ${customerToken}`,
  })
  orderId = created.body.data.order.id

  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const context = await browser.newContext({
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: { width: 1600, height: 900 },
  })
  context.setDefaultTimeout(patience.timeout)
  context.on('request', (sent) => requested.push(sent.url()))
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (event) => complaints.push(`${event.error()}`))
  page = await context.newPage()
  await page.goto(adminLink)
})
afterAll(() => browser?.close())

/** Replaces what the editor holds, as a person does who has the query from a colleague, and runs it. */
async function run(query: string): Promise<void> {
  await page.locator('.graphiql-query-editor .monaco-editor').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(query)})`)
  await page.keyboard.press('ControlOrMeta+V')
  await page.getByRole('button', { name: /^Execute query/ }).click()
}

const answer = () => expect.poll(() => page.locator('.graphiql-response .view-lines').innerText(), patience)

it('the link opens the page, and the token leaves the address for a cookie that no script can read', async () => {
  expect(page.url()).toBe(`${program.adminUrl}/`)
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(await page.context().cookies()).toMatchObject([{ name: 'weelo_admin', httpOnly: true, sameSite: 'Strict' }])
})

it('the schema is there, with its descriptions', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
  await page.getByRole('link', { name: 'Query', exact: true }).click()
  const docs = page.locator('.graphiql-plugin')
  await docs.getByText('explainCustomer').waitFor()
  await docs.getByText('Why a customer can or cannot book').waitFor()
  await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click()
})

it('a query shows the order', async () => {
  await run('{ orders(condition: { customerPhone: "9876543210" }) { nodes { id status secondsLeft pickupAddress } } }')
  await answer().toContain(orderId)
  await answer().toMatch(/"status":\s"active"/)
  const screenshot = join(mkdtempSync(join(tmpdir(), 'weelo-screenshot-')), 'ruru.png')
  await page.screenshot({ path: screenshot })
  console.log(`The page, to be looked at: ${screenshot}`)
})

it('a mutation cancels it', async () => {
  await run(
    `mutation { cancelOrder(input: { orderId: "${orderId}", reason: "asked by phone" }) { order { status cancelReason timeline { toStatus actor reason } } } }`,
  )
  await answer().toMatch(/"status":\s"cancelled"/)
  await answer().toMatch(/"actor":\s"admin\s/)
})

it('nothing was asked of another site, and the console has no complaint', async () => {
  expect(requested.some((url) => url.endsWith('/graphqlWorker.js'))).toBe(true)
  const foreign = requested.filter((url) => !url.startsWith('data:') && new URL(url).origin !== program.adminUrl)
  expect(foreign).toEqual([])
  expect(complaints).toEqual([])
})

it('a script in the page could not send anything to another site', async () => {
  const sent = await page.evaluate(
    `fetch('${program.url}/livez', { mode: 'no-cors' }).then(() => 'sent', () => 'held back')`,
  )
  expect(sent).toBe('held back')
  await expect.poll(() => complaints.join('\n'), patience).toContain('Content Security Policy')
})

it('without the cookie the page says how to get in', async () => {
  const stranger = await browser.newContext()
  const door = await stranger.newPage()
  const response = await door.goto(`${program.adminUrl}/`)
  expect(response?.status()).toBe(401)
  expect(await door.locator('body').innerText()).toMatch(/^This address is for admins.*open the link \/\?token=…/)
})
