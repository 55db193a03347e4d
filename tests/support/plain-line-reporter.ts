import type { Reporter, TestModule } from "vitest/node";

/** Ends the run with one line that any log reader understands: `N passed, N failed, N skipped`. */
export default class PlainLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const state = test.result().state;
        if (state !== "pending") count[state]++;
      }
      if (tests === 0 && module.state() === "failed") count.failed++;
    }
    count.failed += unhandledErrors.length;
    // The very last line, after the default reporter's own summary.
    process.once("exit", () => {
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
