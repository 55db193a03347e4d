import { describe, expect, it } from "vitest";
import { ConfigError } from "../../util/errors.ts";
import { checkFlags } from "./bench.ts";

describe("flags of bench", () => {
  it.each([
    [undefined, {}],
    [undefined, { json: true }],
    [undefined, { report: true, out: "a", recipe: "gan" }],
    ["ring", { report: true, results: "a.jsonl", json: true }],
    ["ring", { recipe: "gan", protocol: "gantry-12k", trials: 3, jobs: 1, out: "a", steps: 9, set: ["batch=2"] }],
  ] as const)("of %s are taken as %j", (benchmark, flags) => {
    expect(() => checkFlags(benchmark, flags)).not.toThrow();
  });

  it.each([
    [undefined, { trials: 3 }, "--trials has no effect here: without a benchmark"],
    [undefined, { out: "a" }, "--out has no effect here: without a benchmark"],
    [undefined, { results: "a.jsonl" }, "--results has no effect without --report"],
    ["ring", { results: "a.jsonl" }, "--results has no effect without --report"],
    ["ring", { report: true, steps: 3 }, "--steps has no effect here: --report trains nothing"],
    ["ring", { report: true, protocol: "gantry-12k" }, "--protocol has no effect here"],
    [undefined, { report: true, out: "a", results: "a.jsonl" }, "--out has no effect beside --results"],
  ] as const)("of %s are refused as %j", (benchmark, flags, says) => {
    expect(() => checkFlags(benchmark, flags)).toThrow(ConfigError);
    expect(() => checkFlags(benchmark, flags)).toThrow(says);
  });
});
