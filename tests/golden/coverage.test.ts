/** @file Every objective, penalty and optimiser has numbers of an outside implementation, or a closed form in a named test. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { optimizers } from "../../src/optim/optimizers.ts";

/** Rows without numbers of PyTorch, as `kind/name`: the test that holds their closed form, from the root of the repository. */
const CLOSED_FORMS: Readonly<Record<string, string>> = {
  // PyTorch's numbers, in files without a key for the row.
  "objective/feature-matching": "tests/golden/collapse.test.ts",
  "penalty/path-length": "tests/golden/stylegan.test.ts",
  "penalty/consistency": "src/gan/penalties/consistency.test.ts",
  "penalty/balanced-consistency": "src/gan/penalties/consistency.test.ts",
  "penalty/latent-consistency": "src/gan/penalties/consistency.test.ts",
};

/** Keys of golden cases under which the name of a row stands, alone, in an object or in a list of either. */
const KEYS = {
  objective: { keys: ["objective"], rows: objectives },
  penalty: { keys: ["penalty", "penalties"], rows: penalties },
  optimizer: { keys: ["choice", "optimizer"], rows: optimizers },
} as const;

/** The names that a value stands for: a text, the `name` of an object, or those of a list. */
function namesIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(namesIn);
  return typeof value === "object" && value !== null && "name" in value ? namesIn(value.name) : [];
}

/** The names under any of `keys`, at any depth. */
function collect(value: unknown, keys: readonly string[]): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...(keys.includes(key) ? namesIn(part) : []),
    ...collect(part, keys),
  ]);
}

const folder = new URL("./", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, content: JSON.parse(readFileSync(new URL(name, folder), "utf8")) as unknown }));

describe.each(Object.entries(KEYS))("every %s", (kind, { keys, rows }) => {
  const golden = new Set(files.flatMap(({ content }) => collect(content, keys)));

  it.each(Object.keys(rows))("%s has an oracle", (name) => {
    const elsewhere = CLOSED_FORMS[`${kind}/${name}`];
    if (elsewhere === undefined) {
      expect(golden.has(name), `no golden case and no closed form for the ${kind} "${name}"`).toBe(true);
      return;
    }
    const path = new URL(`../../${elsewhere}`, import.meta.url);
    expect(existsSync(path), elsewhere).toBe(true);
    expect(readFileSync(path, "utf8"), `${elsewhere} does not speak of ${name}`).toContain(`"${name}"`);
  });
});

describe("the golden files", () => {
  it("are each read by a golden test", () => {
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts") && name !== "coverage.test.ts")
      .map((name) => readFileSync(new URL(name, folder), "utf8"));
    for (const { name } of files) {
      const stem = name.replace(/\.json$/, "");
      const read = new RegExp(`golden(<[^(]*>)?\\(\\s*"${stem}",?\\s*\\)`);
      expect(
        texts.some((text) => read.test(text)),
        name,
      ).toBe(true);
    }
  });

  it("are small enough to be read", () => {
    for (const { name } of files) {
      expect(readFileSync(new URL(name, folder)).length, name).toBeLessThan(128 * 1024);
    }
  });

  it("have no closed form listed for a row that is gone", () => {
    const rows = Object.entries(KEYS).flatMap(([kind, table]) =>
      Object.keys(table.rows).map((name) => `${kind}/${name}`),
    );
    expect(Object.keys(CLOSED_FORMS).filter((row) => !rows.includes(row))).toEqual([]);
  });
});
