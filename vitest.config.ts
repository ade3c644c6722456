import { defineConfig } from 'vitest/config'

const isFull = process.env.TEST_FULL === '1'
/** Each of these has a server of its own, and the machine to itself. */
const isFaults = process.env.TEST_FAULTS === '1'
/** The rules alone, one file after another in the one distributed database of TEST_CITUS_URL. */
const isCitus = process.env.TEST_CITUS !== undefined
const rules = ['commands', 'queries', 'views', 'helpers', 'guards', 'sweeps']
const ofCitus = (process.env.TEST_CITUS === 'races' ? ['races'] : rules).map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    globalSetup: isFaults ? [] : [`./test/support/${isCitus ? 'citus' : 'global'}-setup.ts`],
    setupFiles: ['./test/support/each-file.ts', ...(isCitus ? ['./test/support/citus-rules.ts'] : [])],
    // Files of one worker share their modules: all of it takes 266 s instead of 329.
    isolate: isFaults || isCitus,
    include: isFaults ? ['test/faults/**/*.test.ts'] : isCitus ? ofCitus : ['test/**/*.test.ts'],
    exclude: [...(isFull ? [] : ['test/full/**']), ...(isFaults ? [] : ['test/faults/**'])],
    reporters: ['default', './test/support/closing-line.ts'],
    // In full numbers a file has the machine to itself: a thousand creates at once beside a churn were told to come later.
    maxWorkers: isFaults || isCitus || isFull ? 1 : 2,
    testTimeout: isFull || isFaults ? 3_600_000 : 60_000,
    hookTimeout: 60_000,
  },
})
