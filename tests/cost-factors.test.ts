/** @file The measured costs that the reference quotes: every row has one, and nothing that is gone. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configSchema } from "../src/config/schema.ts";
import { augments } from "../src/gan/augments.ts";
import { objectives } from "../src/gan/objectives.ts";
import { penalties } from "../src/gan/penalties.ts";
import { models } from "../src/models/models.ts";
import { optimizers } from "../src/optim/optimizers.ts";

interface Factor {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

const costs = JSON.parse(readFileSync(new URL("../bench/cost-factors.json", import.meta.url), "utf8")) as {
  readonly factors: Readonly<Record<string, Factor>>;
  readonly models: Readonly<Record<string, { readonly ms: number; readonly batch: number }>>;
};

const modes = configSchema.shape.updates.unwrap().shape.mode.unwrap().options;

/** How to get what is missing. */
const HELP = "run `npm run build && node bench/cost-factors.mjs --only NAME`";

const KINDS = { objective: objectives, penalties, augment: augments, optimizer: optimizers } as const;

describe.each(Object.entries(KINDS))("the costs of %s rows", (kind, rows) => {
  it.each(Object.keys(rows))("%s", (name) => {
    const factor = costs.factors[`${kind}/${name}`];
    expect(factor, HELP).toBeDefined();
    expect(factor!.min).toBeGreaterThan(0);
    expect(factor!.min).toBeLessThanOrEqual(factor!.median);
    expect(factor!.median).toBeLessThanOrEqual(factor!.max);
  });
});

it.each(modes)("the mode %s has a cost", (mode) => {
  expect(costs.factors[`updates.mode/${mode}`], HELP).toBeDefined();
});

it("every model has the time of a step, and no other is listed", () => {
  expect(Object.keys(costs.models).sort(), HELP).toEqual(Object.keys(models).sort());
  for (const { ms, batch } of Object.values(costs.models)) {
    expect(ms).toBeGreaterThan(0);
    expect(batch).toBeGreaterThan(0);
  }
});

it("no row is listed that is gone", () => {
  const rows = new Set(
    Object.entries(KINDS).flatMap(([kind, table]) => Object.keys(table).map((name) => `${kind}/${name}`)),
  );
  // Combinations of rows and their options have names with a space.
  const listed = Object.keys(costs.factors).filter((name) =>
    /^(objective|penalties|augment|optimizer)\/\S+$/.test(name),
  );
  expect(listed.filter((name) => !rows.has(name))).toEqual([]);
});
