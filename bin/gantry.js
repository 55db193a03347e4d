#!/usr/bin/env node
// Starts the built command. In a checkout the build is made on first use and renewed when a source is newer than it.
import { existsSync } from "node:fs";

if (existsSync(new URL("../src", import.meta.url))) {
  const { isFresh } = await import("../scripts/freshness.mjs");
  if (!isFresh()) {
    const { build } = await import("../scripts/build.mjs");
    try {
      build();
    } catch {
      process.stderr.write("error: the sources do not compile\nhelp: see above; `npm run types` checks them\n");
      process.exit(1);
    }
  }
}
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
