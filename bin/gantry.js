#!/usr/bin/env node
// Starts the built command. In a checkout the build is made on first use and renewed when a source is newer than it.
import { existsSync } from "node:fs";

if (existsSync(new URL("../src", import.meta.url))) {
  const { isFresh } = await import("../scripts/freshness.mjs");
  if (!isFresh()) {
    const { build } = await import("../scripts/build.mjs");
    try {
      build();
    } catch (error) {
      // Only the compiler has an exit status.
      const why = error.status === undefined ? `dist/ cannot be built: ${error.message}` : "the sources do not compile";
      process.stderr.write(`error: ${why}\nhelp: \`npm run build\` shows more\n`);
      process.exit(1);
    }
  }
}
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
