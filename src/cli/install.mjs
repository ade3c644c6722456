// Installs what is missing before any other command runs. Dependency-free, and plain JavaScript for Node 20, because at
// this moment neither the packages nor the pinned Node are there.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const stamp = `${root}node_modules/.installed-lock.json`
const lock = readFileSync(`${root}package-lock.json`, 'utf8')

const isInstalled =
  existsSync(`${root}node_modules/.bin/node`) && existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!isInstalled) {
  console.log('Installing packages and the pinned Node (once; about 700 MB and half a minute) …')
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.status !== 0) {
    console.error(
      'npm ci failed: see the lines above. Check that the npm registry can be reached, then run the command again.',
    )
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}
