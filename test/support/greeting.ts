import type { Program } from './program.ts'
import { until } from './until.ts'

/** What `npm start` prints for a newcomer, taken apart. */
export async function greetingOf({ output }: Program) {
  await until(async () => output.stdout.includes('Stop with Ctrl-C'), 'the greeting is printed')
  const below = (title: string) => new RegExp(`${title}.*\\n +(.*)\\n`).exec(output.stdout)?.[1] ?? ''
  return {
    customerToken: below('A customer’s token'),
    adminLink: below('the page for a browser'),
    psql: below('The database'),
  }
}
