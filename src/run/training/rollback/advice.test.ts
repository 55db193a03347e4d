import { expect, it } from "vitest";
import { parseConfig } from "../../../config/config.ts";
import { diagnosisOf } from "../../../health/diagnoses.ts";
import { emptyHistory } from "../../../health/history.ts";
import type { RunHistory } from "../../store/run-history.ts";
import { type Advised, adviceOn } from "./advice.ts";

const advice = (updates: object, past: readonly string[] = [], known: Partial<Advised> = {}): readonly string[] => {
  const config = parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100, updates });
  const run: Advised = { config, sample: { kind: "points", shape: [2] }, ...known };
  const remedies = past.map((name) => ({ type: "remedy", name, changes: [] }));
  const empty = emptyHistory();
  const history = { ...empty, facts: { ...empty.facts, dataCount: 1000 } };
  return adviceOn("oscillation", run, { history, remedies } as unknown as RunHistory);
};

it("begins with the fault that the run's config has", () => {
  expect(advice({ generatorSteps: 5 }).slice(0, 2)).toEqual(["fewer-generator-steps", "recommended-game"]);
});

it("names nothing that does not apply, nor what was tried", () => {
  const { remedies } = diagnosisOf("oscillation");
  expect(remedies).toContain("alternate");
  expect(advice({})).not.toContain("alternate");
  expect(advice({ generatorSteps: 5 }, ["recommended-game"])).not.toContain("recommended-game");
});

it("of points without a checkpoint says what applies to points of any dimension", () => {
  const facts = { ...emptyHistory().facts, dataCount: 1000, kind: "points" as const };
  const config = parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100 });
  const of = (realScale: number) =>
    adviceOn("data-fault", { config, sample: null }, {
      history: emptyHistory({ ...facts, realScale }),
      remedies: [],
    } as unknown as RunHistory);
  expect(of(1)).toEqual(["instance-noise"]);
  expect(of(291)).toEqual([]);
});

it("keeps to the order of `auto`, and names nothing that was tried, where no checkpoint says what the samples are", () => {
  const tried = ["fewer-generator-steps", "recommended-game"];
  expect(advice({ generatorSteps: 5 }, [], { sample: null }).slice(0, 2)).toEqual(tried);
  for (const config of [undefined, null]) {
    const names = advice({ generatorSteps: 5 }, tried, { sample: null, ...(config === null && { config }) });
    expect(names).toHaveLength(3);
    expect(names).not.toContain("recommended-game");
  }
});
