// Runs before each test file, in its worker.
import { afterAll } from 'vitest'
import { endAll } from './at-the-end.ts'

await endAll() // of a file that failed before its first test, whose hooks were not called
afterAll(endAll)
