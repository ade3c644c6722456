import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one plain line, for machines that read nothing else. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const brokenFiles = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length
    console.log(
      `${count('passed')} passed, ${count('failed') + brokenFiles + unhandledErrors.length} failed, ${count('skipped')} skipped`,
    )
  }
}
