import { describe, expect, it } from "vitest";
import { configChanges } from "../../../config/changes.ts";
import { type Config, parseConfig } from "../../../config/config.ts";
import { remedyNamed } from "../../../health/remedies.ts";
import { fingerprint } from "../../config/fingerprint.ts";
import type { RunEventOf } from "../../store/events.ts";
import {
  configsOf,
  configsOfRun,
  coolDown,
  type Failure,
  keepHealthy,
  planRollback,
  type Situation,
} from "./rollback.ts";

const config = (more: object = {}): Config =>
  parseConfig({ data: { source: "ring" }, model: "mlp", steps: 1000, health: { remedy: "auto", every: 5 }, ...more });

const failure: Failure = {
  code: "mode-collapse",
  message: "fakes are alike",
  onset: 400,
  counted: true,
  ladder: ["relativistic-r1-r2", "packing", "slower"],
  canWait: true,
  isLasting: true,
};

const situation: Situation = {
  failure,
  config: config(),
  data: { sample: { kind: "points", shape: [2] }, dataCount: 1000 },
  atEnd: false,
  step: 500,
  past: [],
  healthy: () => ["step-00000100", "step-00000350", "step-00000450"],
  kept: () => ({ healthy: "step-00000450", best: null }),
  fits: () => true,
};

const plan = (more: Partial<Situation> = {}) => planRollback({ ...situation, ...more });

/** What a plan gives to the log, as an event. */
function applied(more: Partial<Situation> = {}): RunEventOf<"remedy"> {
  const found = plan(more);
  if (found.kind !== "go-back") throw new Error(`no remedy: ${JSON.stringify(found)}`);
  return { v: 1, step: more.step ?? situation.step, images: 0, time: "", ...found.event };
}

/** The config after an event's remedy. */
const treated = (before: Config, { name }: RunEventOf<"remedy">) =>
  remedyNamed(name)!.apply(before, { code: "mode-collapse", ...situation.data })!;

describe("planRollback", () => {
  it("goes back to the last healthy checkpoint before the onset, under the first remedy that applies", () => {
    expect(plan()).toMatchObject({
      kind: "go-back",
      event: { name: "relativistic-r1-r2", finding: "mode-collapse", attempt: 1, backTo: 350 },
    });
    expect(plan({ failure: { ...failure, onset: 351 } })).toMatchObject({ event: { backTo: 350 } });
    // The look at the onset was bad already, and the checkpoint of that step is of the same weights.
    expect(plan({ failure: { ...failure, onset: 350 } })).toMatchObject({ event: { backTo: 100 } });
    // A step that did not count left the weights before it as they were.
    expect(plan({ failure: { ...failure, onset: 350, counted: false } })).toMatchObject({ event: { backTo: 350 } });
    // Whether it can wait is another matter: a loss that stands at a clamp's end cannot, and has spoilt what was saved then.
    expect(plan({ failure: { ...failure, onset: 350, canWait: false } })).toMatchObject({ event: { backTo: 100 } });
  });

  it("begins again where no healthy checkpoint is early enough, or the networks change", () => {
    expect(plan({ failure: { ...failure, onset: 99 } })).toMatchObject({ event: { backTo: 0 } });
    expect(plan({ healthy: () => [] })).toMatchObject({ event: { backTo: 0 } });
    const packed = plan({ failure: { ...failure, ladder: ["packing"] } });
    expect(packed).toMatchObject({ event: { name: "packing", backTo: 0 } });
  });

  it("writes down exactly what changes", () => {
    const event = applied();
    expect(event.changes).toEqual(configChanges(situation.config, treated(situation.config, event)));
  });

  it("passes over remedies that do not apply, were used, or make no game", () => {
    const normed = config({ model: { name: "dcgan" } });
    expect(plan({ config: normed })).toMatchObject({ event: { name: "packing" } });
    const first = applied();
    const now = treated(situation.config, first);
    expect(plan({ config: now, past: [first] })).toMatchObject({ event: { name: "packing", attempt: 2 } });
    expect(
      plan({ fits: ({ packing, objective }) => packing === 1 && objective.name !== "relativistic" }),
    ).toMatchObject({
      event: { name: "slower" },
    });
  });

  it("does not lead back to a config that failed", () => {
    const fast = { optimizer: { generator: { lr: 1e-4 }, discriminator: { lr: 2e-4 } } };
    const ladder = ["slower-discriminator"];
    const first = applied({ config: config(fast), failure: { ...failure, ladder } });
    const now = treated(config(fast), first);
    expect(now.optimizer.discriminator.lr).toBe(5e-5);
    const back = { ...failure, ladder: ["faster-discriminator", "lecam"] };
    expect(plan({ config: now, past: [first], failure: back })).toMatchObject({ event: { name: "lecam" } });
  });

  it("gives a remedy time, unless training cannot go on at all", () => {
    const past = [applied()];
    const now = treated(situation.config, past[0]!);
    expect(coolDown(now)).toBe(50);
    expect(plan({ config: now, past, step: 399 })).toEqual({ kind: "wait" });
    expect(plan({ config: now, past, step: 400 })).toMatchObject({ kind: "go-back" });
    expect(plan({ config: now, past, step: 399, failure: { ...failure, canWait: false } })).toMatchObject({
      kind: "go-back",
    });
  });

  it("waits for nothing when no step is left", () => {
    const past = [applied()];
    const now = treated(situation.config, past[0]!);
    const young = { ...failure, isLasting: false };
    expect(plan({ config: now, past, step: 399, atEnd: true, failure: young })).toMatchObject({ kind: "go-back" });
    const spent = config({ ...now, health: { remedy: "auto", every: 5, budget: 1 } });
    expect(plan({ config: spent, past, step: 399, atEnd: true, failure: young })).toMatchObject({ kind: "give-up" });
  });

  it("gives up when the budget is spent or nothing is left, and says what was tried and what is kept", () => {
    const past = [applied()];
    const now = config({ ...treated(situation.config, past[0]!), health: { remedy: "auto", every: 5, budget: 1 } });
    expect(plan({ config: now, past })).toEqual({
      kind: "give-up",
      reason:
        "mode-collapse: fakes are alike; tried: relativistic-r1-r2, and the budget of 1 remedy (health.budget) is spent; the last healthy checkpoint is step-00000450",
    });
    const none = plan({
      failure: { ...failure, ladder: ["alternate"] },
      kept: () => ({ healthy: null, best: "step-00000200" }),
    });
    expect(none).toEqual({
      kind: "give-up",
      reason:
        "mode-collapse: fakes are alike; no remedy was tried, and there is none left to try; no healthy checkpoint is kept, the best is step-00000200",
    });
    // What has not lasted long may pass by itself, unless it is numbers.
    const young = { ...failure, isLasting: false };
    const healthy = () => expect.fail("checkpoints are read for nothing");
    expect(plan({ config: now, past, failure: young, healthy })).toEqual({ kind: "wait" });
    expect(plan({ failure: { ...young, ladder: [] }, healthy })).toEqual({ kind: "wait" });
    expect(plan({ config: now, past, failure: { ...young, canWait: false } })).toMatchObject({ kind: "give-up" });
  });
});

describe("coolDown", () => {
  it("is ten looks or two hundredths of the training, the longer", () => {
    expect(coolDown(config({ health: {}, steps: 10_000 }))).toBe(1000);
    expect(coolDown(config({ health: {}, steps: 1000 }))).toBe(200);
    expect(coolDown(config({ health: {}, steps: 1_000_000 }))).toBe(20_000);
    expect(coolDown(config({ health: { every: 1 }, steps: 1000 }))).toBe(20);
  });
});

describe("the configs of a run", () => {
  const first = applied();
  const middle = treated(situation.config, first);
  const second = applied({ config: middle, past: [first] });
  const last = treated(middle, second);
  const all = [situation.config, middle, last];

  it("are found from any of them", () => {
    for (const given of all) expect(configsOf(given, [first, second])).toEqual(all);
    expect(configsOf(situation.config, [])).toEqual([situation.config]);
  });

  it("keep what may change from one session to the next", () => {
    const lengthened = { ...last, log: { every: 7 } };
    expect(configsOfRun(lengthened, [first, second], "run").map(({ log }) => log.every)).toEqual([7, 7, 7]);
  });

  it("are no others", () => {
    const odd = parseConfig({ ...last, packing: 4 });
    expect(() => configsOfRun(odd, [first, second], "00001-run")).toThrow(
      "a remedy of 00001-run changed what is to be changed now\n  packing: 2 -> 4",
    );
    expect(fingerprint(last)).not.toBe(fingerprint(middle));
  });
});

describe("keepHealthy", () => {
  it("keeps three, of which the oldest is old enough", () => {
    let kept: readonly string[] = [];
    const seen: number[][] = [];
    for (let step = 10; step <= 120; step += 10) {
      kept = keepHealthy(kept, `step-${String(step).padStart(8, "0")}`, 50);
      seen.push(kept.map((name) => Number(name.slice(5))));
    }
    expect(seen.slice(0, 4)).toEqual([[10], [10, 20], [10, 20, 30], [10, 20, 40]]);
    for (const [i, steps] of seen.entries()) {
      expect(steps.at(-1)).toBe((i + 1) * 10);
      expect(steps.length).toBeLessThanOrEqual(3);
      const oldest = Math.min(...steps);
      if (steps.at(-1)! > 60) expect(steps.at(-1)! - oldest).toBeGreaterThanOrEqual(50);
      expect(steps.at(-1)! - oldest).toBeLessThanOrEqual(100);
    }
  });

  it("has each once", () => {
    expect(keepHealthy(["step-00000010"], "step-00000010", 5)).toEqual(["step-00000010"]);
  });
});
