import { defineConfig } from 'vitest/config'

const isFull = process.env.TEST_FULL === '1'
/** Each of these has a server of its own, and the machine to itself. */
const isFaults = process.env.TEST_FAULTS === '1'

export default defineConfig({
  test: {
    globalSetup: isFaults ? [] : ['./test/support/global-setup.ts'],
    include: isFaults ? ['test/faults/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: [...(isFull ? [] : ['test/full/**']), ...(isFaults ? [] : ['test/faults/**'])],
    reporters: ['default', './test/support/closing-line.ts'],
    maxWorkers: isFaults ? 1 : 2,
    testTimeout: isFull || isFaults ? 3_600_000 : 60_000,
    hookTimeout: 60_000,
  },
})
