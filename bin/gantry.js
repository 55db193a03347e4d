#!/usr/bin/env node
// Starts the built command. In a checkout the build is made on first use and renewed when a source is newer than it.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function newestSource(dir) {
  let newest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestSource(path) : statSync(path).mtimeMs);
  }
  return newest;
}

const stamp = join(root, "dist", ".built");
const sources = join(root, "src");
if (existsSync(sources) && (!existsSync(stamp) || newestSource(sources) > statSync(stamp).mtimeMs)) {
  await import("../scripts/build.mjs");
}
const { main } = await import("../dist/cli/main.js");
await main(process.argv.slice(2));
