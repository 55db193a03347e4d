/** @file Every example runs, and says what it should. They import the package by name, so they run on the build. */

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples");
const temporary = mkdtempSync(join(tmpdir(), "gantry-examples-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const run = async (name: string, ...args: readonly string[]): Promise<string> => {
  const loader = name.endsWith(".ts") ? ["--import", "jiti/register"] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [...loader, join("examples", name), ...args], {
    cwd: root,
  });
  return stdout;
};

/** Each example with short arguments and a check of what it prints. */
const EXAMPLES: Readonly<Record<string, () => Promise<void>>> = {
  "gradient-of-gradient.ts": async () => {
    const out = await run("gradient-of-gradient.ts");
    expect(out).toContain("3x² = 3 0 3 12 and 6x = -6 0 6 12");
    const [, exact, measured] = /dR1\/dw: (\S+) by differentiation, (\S+) by differences/.exec(out)!;
    expect(Math.abs(Number(exact) - Number(measured))).toBeLessThan(1e-7);
  },
  "inspect-data.ts": async () => {
    const digits = await run("inspect-data.ts", "mnist-test", "100");
    expect(digits).toContain("100 images of [1,28,28], values 0 to 255 (0..255)");
    expect(digits).toContain("@@");
    expect(await run("inspect-data.ts", "ring", "10")).toContain("10 points of [2]");
    await expect(run("inspect-data.ts", "rng")).rejects.toMatchObject({ code: 3 });
  },
  "see-collapse.ts": async () => {
    const out = await run("see-collapse.ts");
    const modes = [...out.matchAll(/^(\w+): (\d) modes, reverse KL (\S+),/gm)].map(([, ...found]) => found);
    expect(modes.map(([name, captured]) => [name, captured])).toEqual([
      ["true", "8"],
      ["half", "5"],
      ["one", "1"],
    ]);
    expect(Number(modes[2]![2])).toBeCloseTo(Math.log(8), 3);
  },
  "custom-gan-by-hand.ts": async () => {
    const out = await run("custom-gan-by-hand.ts", "1000");
    const radius = Number(/step 1000: .* (\S+)$/m.exec(out)![1]);
    expect(radius).toBeGreaterThan(0.7);
    expect(radius).toBeLessThan(1.3);
  },
  "train-mnist.ts": async () => {
    const out = await run("train-mnist.ts", "3", temporary);
    expect(out).toContain("generator 347073, discriminator 36577");
    expect(out).toMatch(/step 3: D \d\.\d+ G \d\.\d+/);
    expect(out).toContain("finished after 3 steps, 192 images");
    const [made] = readdirSync(temporary);
    expect(readdirSync(join(temporary, made!, "samples"))).toContain("fakes-000003.png");
  },
  "make-emoji-npy.mjs": async () => {
    const file = join(temporary, "emoji", "emoji.npy");
    expect(await run("make-emoji-npy.mjs", file, "--size", "32", "--limit", "70")).toContain("70 images of 32x32");
    expect(await run("inspect-data.ts", file)).toContain("70 images of [3,32,32]");
    await expect(run("make-emoji-npy.mjs", file, "--size", "none")).rejects.toMatchObject({ code: 2 });
  },
};

const files = readdirSync(folder).sort();

test("every example is run here", () => {
  expect(files).toEqual(Object.keys(EXAMPLES).sort());
});

describe.each(files)("%s", (name) => {
  test("runs", () => EXAMPLES[name]!());

  test("is at most 60 lines", () => {
    expect(readFileSync(join(folder, name), "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });
});
