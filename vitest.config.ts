import { defineConfig } from "vitest/config";

/** Unit tests sit beside the code; contract, golden and end-to-end tests live in tests/. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    globalSetup: ["tests/support/build.ts"],
    reporters: ["default", "./tests/support/plain-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
