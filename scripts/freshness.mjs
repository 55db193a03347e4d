// Whether dist/ was made from src/ as it is. Small, because every start of the command in a checkout asks.
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const stamp = fileURLToPath(new URL("../dist/.built", import.meta.url));

/** When the newest file of src/ was written, or a folder of it changed. Tests are not built. */
export function newestSource(dir = src) {
  let newest = statSync(dir).mtimeMs;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (!entry.name.endsWith(".test.ts")) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Whether nothing has changed since the build. */
export function isFresh() {
  return existsSync(stamp) && statSync(stamp).mtimeMs >= newestSource();
}
