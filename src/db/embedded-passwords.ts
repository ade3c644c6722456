// The embedded server's two passwords, in the format of PGPASSFILE, so that psql can use the file as it is.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Made on first use, readable by ourselves alone. */
export function passwordsIn(file: string): { postgres: string; weelo: string } {
  if (!existsSync(file)) {
    const line = (user: string) => `127.0.0.1:*:*:${user}:${randomBytes(24).toString('hex')}\n`
    writeFileSync(file, line('postgres') + line('weelo'), { mode: 0o600 })
  }
  const lines = readFileSync(file, 'utf8')
  const password = (user: string) => {
    const found = new RegExp(`:${user}:(.*)$`, 'm').exec(lines)?.[1]
    if (found === undefined)
      throw new Error(`${file} has no line for ${user}: delete the whole data folder to begin anew.`)
    return found
  }
  return { postgres: password('postgres'), weelo: password('weelo') }
}
