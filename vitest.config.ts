import { defineConfig } from 'vitest/config'

const isFull = process.env.TEST_FULL === '1'

export default defineConfig({
  test: {
    globalSetup: ['./test/support/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: isFull ? [] : ['test/full/**'],
    reporters: ['default', './test/support/closing-line.ts'],
    maxWorkers: 2,
    testTimeout: isFull ? 1_800_000 : 60_000,
    hookTimeout: 60_000,
  },
})
