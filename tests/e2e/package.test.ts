/** @file The package as it would be published: packed, unpacked elsewhere, and used there. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gantry-package-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root, stdio: "pipe" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  execFileSync("tar", ["-xzf", join(folder, tarball!), "-C", folder]);
  installed = join(folder, "node_modules", "gantry");
  mkdirSync(join(folder, "node_modules"));
  execFileSync("mv", [join(folder, "package"), installed]);
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the published package", () => {
  it("holds the build and neither sources nor data", () => {
    expect(readdirSync(installed).sort()).toEqual(
      ["CHANGELOG.md", "LICENSE", "README.md", "assets", "bin", "dist", "docs", "node_modules", "package.json"].sort(),
    );
    expect(existsSync(join(installed, "dist", "run", "training", "worker.js"))).toBe(true);
  });

  it("runs its command", () => {
    const out = execFileSync(process.execPath, [join(installed, "bin", "gantry.js"), "--help"], { encoding: "utf8" });
    expect(out).toContain("Usage: gantry");
  });

  it("is imported by its entries", () => {
    writeFileSync(
      join(folder, "use.mjs"),
      `import { train } from "gantry"; import { grad } from "gantry/graph"; console.log(typeof train, typeof grad);`,
    );
    const out = execFileSync(process.execPath, [join(folder, "use.mjs")], { encoding: "utf8" });
    expect(out.trim()).toBe("function function");
  });
});
