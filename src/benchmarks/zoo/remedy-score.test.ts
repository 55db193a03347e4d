import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { DataError } from "../../util/errors.ts";
import { OBSERVER_VERSION, type Observation } from "./observation.ts";
import type { ZooRecord } from "./record.ts";
import { ARMS, type Arm, type ArmRecord, armFingerprint, EFFORT } from "./remedy-arms.ts";
import { outcomeOf, remediesMarkdown, scoreArms, scoreRemedies } from "./remedy-score.ts";
import { canBeMended, readArms } from "./run-arms.ts";

const good: Observation = {
  ...{ step: 1000, finite: true, quality: 0.9, held: 1, reached: 1, shares: [0.5, 0.5], dispersion: 1, apart: 1 },
  ...{ moved: 0.1, copying: null, aucFake: 0.6, aucUnseen: 0.5 },
};
const bad: Observation = { ...good, quality: 0 };
const looks = {
  healthy: [bad, good, good],
  failing: [good, bad, bad],
  unclear: [good, bad, good],
} as const;

const record = (arm: Arm, outcome: keyof typeof looks, remedies: readonly string[]): ArmRecord => ({
  v: 1,
  program: "ring-non-saturating",
  half: "calibration",
  cause: "generator-runs-ahead",
  seed: 0,
  arm,
  observer: OBSERVER_VERSION,
  effort: EFFORT,
  seen: { observations: looks[outcome], gradients: [], reals: { quality: 1, held: 1 }, brokeAt: null },
  remedies: remedies.map((name) => ({ name, finding: "mode-collapse", backTo: 0 })),
  made: 2000,
  step: 1800,
  reason: "",
});

const records = [
  record("playbook", "healthy", ["packing"]),
  record("playbook", "healthy", ["packing", "slower"]),
  record("playbook", "failing", []),
  record("random", "unclear", ["slower"]),
  record("random", "healthy", ["packing"]),
  record("again", "failing", ["again"]),
  record("nothing", "failing", []),
];

const outcomes = records.map(outcomeOf);

describe("the runs that remedies are tried on", () => {
  it("fail, and not because of their data", () => {
    const of = (outcome: keyof typeof looks, quality = 1) => {
      const { seen, ...rest } = record("again", outcome, []);
      return canBeMended({ ...rest, seen: { ...seen, reals: { quality, held: 1 } } } as unknown as ZooRecord);
    };
    expect([of("failing"), of("healthy"), of("unclear"), of("failing", 0.5)]).toEqual([true, false, false, false]);
  });
});

describe("the worth of remedies", () => {
  it("counts healthy ends only, and where something was done at all", () => {
    expect(scoreArms(outcomes).filter(({ half }) => half === "calibration")).toEqual([
      { half: "calibration", arm: "nothing", runs: 1, healthy: 0, acted: 0 },
      { half: "calibration", arm: "again", runs: 1, healthy: 0, acted: 1 },
      { half: "calibration", arm: "random", runs: 2, healthy: 1, acted: 2 },
      { half: "calibration", arm: "playbook", runs: 3, healthy: 2, acted: 2 },
    ]);
  });

  it("credits the remedy that was tried first, whoever chose it, where no other was needed", () => {
    expect(scoreRemedies(outcomes)).toEqual([
      { name: "again", finding: "mode-collapse", runs: 1, healthy: 0 },
      { name: "packing", finding: "mode-collapse", runs: 3, healthy: 2 },
      { name: "slower", finding: "mode-collapse", runs: 1, healthy: 0 },
    ]);
  });

  it("gives each share its interval, and leaves out what was not run", () => {
    const text = remediesMarkdown(outcomes);
    expect(text).toContain("| calibration | playbook | 3 | 2 | 67 % (21–94) |");
    expect(text).not.toContain("held-out");
  });
});

it("reads what was seen by the present oracle, a torn line aside, and names a line that is something else", () => {
  const dir = mkdtempSync(join(tmpdir(), "gantry-arms-"));
  try {
    expect(readArms(dir)).toEqual([]);
    const line = JSON.stringify(records[0]);
    const old = JSON.stringify({ ...records[0], observer: OBSERVER_VERSION - 1 });
    const short = JSON.stringify({ ...records[0], effort: 1 });
    writeFileSync(join(dir, "arms.jsonl"), `${line}\n${old}\n${short}\n${line.slice(0, 40)}`);
    expect(readArms(dir)).toEqual([records[0]]);
    writeFileSync(join(dir, "arms.jsonl"), `${line}\n{"v":1}\n`);
    expect(() => readArms(dir)).toThrow(DataError);
    expect(() => readArms(dir)).toThrow(/line 2/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it("a record of an arm stands for one failing run and one arm", () => {
  const config = (generatorSteps: number) =>
    parseConfig({ data: { source: "ring" }, model: "mlp", steps: 10, updates: { generatorSteps } });
  const of = (fingerprint: string, moves = 1) => ARMS.map((arm) => armFingerprint({ fingerprint }, config(moves), arm));
  const all = [...of("a"), ...of("b")];
  expect(new Set(all).size).toBe(all.length);
  expect(of("a")).toEqual(all.slice(0, ARMS.length));
  // Where the config has a plain fault, the playbook begins with what takes that away: another experiment for that arm alone.
  const changed = ARMS.filter((_, i) => of("a", 5)[i] !== all[i]);
  expect(changed).toEqual(["playbook"]);
});
