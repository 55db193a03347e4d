/** @file What the combined choices must cover, what is refused, and which choices meet in the design of covering.ts. */

import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema.ts";
import { models } from "../../src/models/models.ts";
import { allPairs, holdsPair } from "../support/pairs.ts";
import {
  type Choices,
  EXTRAS,
  expectedRefusal,
  FIXED,
  factors,
  PLAIN,
  REFUSALS,
  refusalProblem,
  TINY,
} from "./combinations.ts";
import { covered, design, LEFT_OUT } from "./covering.ts";

describe("the choices", () => {
  it("have a smallest form of every model", () => {
    expect(Object.keys(TINY).sort()).toEqual(Object.keys(models).sort());
    for (const [name, variants] of Object.entries(TINY)) {
      for (const { model } of Object.values(variants)) expect(model.name).toBe(name);
    }
  });

  it("have a form of every key of the config that changes a step", () => {
    const keys = Object.keys(configSchema.shape).filter((key) => !FIXED.includes(key));
    const varied = Object.values(EXTRAS).flatMap((config) => Object.keys(config));
    expect([...new Set(varied)].sort()).toEqual(keys.sort());
  });

  it("meet in the design, each with each, unless a refusal keeps them apart", () => {
    const apart = allPairs<keyof Choices>(covered).filter((pair) => !design.rows.some((row) => holdsPair(row, pair)));
    for (const [[a, x], [b, y]] of apart) {
      // Refused as they are, or with every level of a third: path lengths are one model's, the reconstructor is another's.
      const refused = (Object.keys(factors) as (keyof Choices)[]).some((third) =>
        factors[third].every((level) => expectedRefusal({ [third]: level, [a]: x, [b]: y }) !== undefined),
      );
      expect(refused, `${x} and ${y} never meet`).toBe(true);
    }
    expect(design.impossible).toEqual(apart);
    const sizes = Object.values(covered).map((levels) => levels.length);
    const [largest, next] = sizes.toSorted((a, b) => b - a) as [number, number];
    expect(design.rows.length).toBeLessThanOrEqual(1.5 * largest * next);
  });

  it("are refused as listed and not otherwise, each beside the plainest of the others", () => {
    for (const [i, first] of (Object.keys(factors) as (keyof Choices)[]).entries()) {
      for (const second of (Object.keys(factors) as (keyof Choices)[]).slice(i + 1)) {
        for (const a of factors[first]) {
          for (const b of factors[second]) {
            const problem = refusalProblem({ ...PLAIN, [first]: a, [second]: b });
            if (problem !== null) expect.fail(problem);
          }
        }
      }
    }
  });

  it("have no refusal on the list that refuses nothing", () => {
    for (const { when, says } of REFUSALS) {
      const refused = (Object.keys(factors) as (keyof Choices)[]).some((a) =>
        (Object.keys(factors) as (keyof Choices)[]).some((b) =>
          factors[a].some((x) => factors[b].some((y) => when({ ...PLAIN, [a]: x, [b]: y }))),
        ),
      );
      expect(refused, says).toBe(true);
    }
  });
});

it("leaves out only variants that there are, and no model as a whole", () => {
  expect(Object.keys(LEFT_OUT).filter((name) => !factors.architecture.includes(name))).toEqual([]);
  for (const variants of Object.values(TINY)) {
    expect(Object.keys(variants).some((name) => covered.architecture.includes(name))).toBe(true);
  }
});
