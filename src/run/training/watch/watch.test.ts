/**
 * @file Watching changes nothing of a training, and what was said and done is the same however often it was broken off.
 *
 * The supervisor here is a scripted one, which asks for everything that there is: what the real one decides has its own
 * tests.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { configChanges } from "../../../config/changes.ts";
import { type Config, lookEvery, parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import type { ImageDataset } from "../../../data/dataset.ts";
import { ring } from "../../../data/synthetic.ts";
import { COUNTERFACTUALS, type Counterfactual } from "../../../health/codes.ts";
import { remedyNamed } from "../../../health/remedies.ts";
import type { Finding, Occurrence, Response } from "../../../health/supervisor/protocol.ts";
import type { Supervision } from "../../../health/supervisor/supervisor.ts";
import { fillBits, streamKey } from "../../../util/rng.ts";
import { listCheckpoints, loadCheckpoint } from "../../store/checkpoint.ts";
import { readEvents } from "../../store/event-log.ts";
import type { EventBody, RunEvent, RunEventOf } from "../../store/events.ts";
import { occurrencesOf } from "../../store/occurrences.ts";
import { createRun, type RunPaths } from "../../store/run-dir.ts";
import { sampleType } from "../prepare/prepare.ts";
import { runTraining, type TrainingEffects } from "../trainer.ts";
import { Watch, type WatchCase } from "./watch.ts";

/**
 * Says after which look, counted from 1, which step is reached. Everything it does depends on what it was fed alone.
 */
vi.mock("../../../health/supervisor/supervisor.ts", async (original) => {
  const finding = (
    level: Finding["level"],
    { step, images, values }: { step: number; images: number; values: object },
  ) => ({
    ...{ code: "mode-collapse", level, confidence: 0.5, onset: { step, images }, confirmed: null },
    evidence: Object.entries(values)
      .slice(0, 1)
      .map(([signal, value]) => ({ signal, value, low: null, high: 1, says: "so it is" })),
    message: `seen ${JSON.stringify(values)}`,
  });
  const answers = (before: Supervision, occurrence: Occurrence): Response[] => {
    if (occurrence.kind === "broken") {
      const seen = finding("failing", occurrence.reading);
      const isBroken = { signal: "step/broken", value: 1, low: null, high: null, says: "" };
      const evidence = [...seen.evidence, isBroken];
      return [{ kind: "finding", finding: { ...seen, code: "numerical-divergence", evidence } as Finding }];
    }
    const watch = finding(
      "watch",
      "reading" in occurrence ? occurrence.reading : { step: 0, images: 0, values: {} },
    ) as Finding;
    const { looks, scalars } = before.history;
    if (occurrence.kind === "trial")
      return occurrence.of === "average-weights" ? [{ kind: "act", finding: watch }] : [];
    if (occurrence.kind !== "look") return [];
    switch (looks.length) {
      case 0:
        return [{ kind: "health", state: "healthy", code: null, reason: `after ${scalars.length} scalars` }];
      case 1:
        return [
          { kind: "finding", finding: watch },
          { kind: "health", state: "watch", code: "mode-collapse", reason: "outside" },
          ...(Object.keys(COUNTERFACTUALS) as Counterfactual[]).map((trial) => ({ kind: "try", trial }) as const),
          { kind: "health", state: "healthy", code: null, reason: "refuted" },
        ];
      case 3:
        return [{ kind: "plateau", reason: "nothing improves" }];
      default:
        return [];
    }
  };
  return {
    ...(await original<object>()),
    supervise: (before: Supervision, occurrence: Occurrence) => {
      const { history } = before;
      const grown = {
        ...history,
        ...(occurrence.kind === "look" && { looks: [...history.looks, occurrence.reading] }),
        ...(occurrence.kind === "scalars" && { scalars: [...history.scalars, occurrence.reading] }),
      };
      const responses = answers(before, occurrence);
      const state = responses.findLast((response) => response.kind === "health")?.state ?? before.state;
      return { supervision: { ...before, state, history: grown }, responses };
    },
  };
});

/** Once nothing improves, it stays so. */
vi.mock("../../../health/supervisor/plateau.ts", () => ({ findPlateau: () => ({ since: 3, judged: false }) }));

/** Measured once for equal reals and sizes: that it is the same every time is for the kill test to see. */
vi.mock("../../../health/measure/measure-baseline.ts", async (original) => {
  const real = await original<typeof import("../../../health/measure/measure-baseline.ts")>();
  const known = new Map<string, ReturnType<typeof real.measureBaseline>>();
  const measureBaseline: typeof real.measureBaseline = (reals, size, heldOut) => {
    const key = JSON.stringify([reals.shape, reals.count, size, heldOut?.count]);
    const baseline = known.get(key) ?? real.measureBaseline(reals, size, heldOut);
    known.set(key, baseline);
    return baseline;
  };
  return { ...real, measureBaseline };
});

const backend = await nodeBackend({ threads: 1 });
const root = mkdtempSync(join(tmpdir(), "gantry-watch-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Raw = Record<string, unknown>;

const points: Raw = {
  data: { source: "ring" },
  model: { name: "mlp", width: 8 },
  penalties: [{ name: "r1", every: 4 }],
  updates: { discriminatorSteps: 2 },
  batch: 16,
  steps: 14,
  log: { every: 5 },
  samples: { every: 50, count: 16 },
  checkpoint: { every: 5, keep: 100 },
};

const pictures: Raw = {
  ...points,
  data: { source: "noise", mirror: true },
  model: { name: "dcgan", base: 2, latent: 4, norm: "batch" },
  penalties: [],
  augment: [{ name: "ada", initial: 0.3, interval: 3, kimg: 0.2 }],
  updates: {},
  batch: 8,
};

const bits = new Uint32Array(48 * 64);
fillBits(streamKey(1, "pixels"), 0, bits);
const noise: ImageDataset = {
  kind: "images",
  name: "noise",
  count: 48,
  shape: [1, 16, 16],
  data: new Uint8Array(bits.buffer),
  valueRange: { min: 0, max: 255, convention: "0..255" },
  skipped: [],
  notes: [],
};

async function train(raw: Raw, health: Raw, run?: RunPaths, effects: Partial<TrainingEffects> = {}) {
  const config = parseConfig({ ...raw, health: { every: 3, samples: 32, ...health } });
  const dots = config.model.name === "mlp";
  const dataset = dots ? ring({ count: 200 }) : noise;
  const heldOut = dots ? ring({ count: 50, seed: 1 }) : noise;
  const paths = run ?? createRun(root, "watch");
  const game = gameFromConfig(config, sampleType(dataset));
  const job = { config, dataset, heldOut, game, run: paths, resume: run !== undefined };
  return { run: paths, result: await runTraining(job, { backend, ...effects }) };
}

/** A stop request after so many steps of this session. */
function stopAfter(steps: number): Partial<TrainingEffects> {
  let done = 0;
  return { stopReason: () => (++done === steps ? "SIGINT" : null) };
}

/** What was recorded, but for what is of the clock or of one session. */
const recorded = (run: RunPaths, left: readonly RunEvent["type"][] = []) =>
  [...readEvents(run.events)]
    .filter(({ type }) => !["status", "resume", ...left].includes(type))
    .map((event) => {
      const values = event.type === "scalars" ? { ...event.values, "images/second": null } : undefined;
      return { ...event, time: "", ...(values && { values }), ...(event.type === "start" && { run: "" }) };
    });

const stateOf = ({ checkpoints }: RunPaths) =>
  listCheckpoints(checkpoints).map(({ name, path }) => [name, loadCheckpoint(path).state] as const);

/** What is said by who watches; its note is that of a plateau. */
const WATCHED = ["baseline", "probe", "health", "finding", "note"] as const;

describe.each([
  ["points", points],
  ["pictures", pictures],
] as const)("a training of %s", (_, raw) => {
  it("is the same to the bit with and without looks and counterfactuals, and so is its log", async () => {
    const [off, full] = [await train(raw, { probes: "off" }), await train(raw, { probes: "full" })];
    expect(stateOf(full.run)).toEqual(stateOf(off.run));
    expect(recorded(full.run, WATCHED)).toEqual(recorded(off.run));
    const probes = recorded(full.run).filter(({ type }) => type === "probe");
    expect(probes).toHaveLength(4 + Object.keys(COUNTERFACTUALS).length);
  });

  it("says and does the same when it was broken off, wherever", async () => {
    const whole = await train(raw, {});
    const expected = recorded(whole.run);
    expect(expected.filter(({ type }) => type === "baseline")).toHaveLength(1);
    for (const stops of [
      [3, 4],
      [6, 1, 1],
    ]) {
      let run: RunPaths | undefined;
      for (const steps of stops) ({ run } = await train(raw, {}, run, stopAfter(steps)));
      await train(raw, {}, run);
      // Checkpoints of the stops themselves are their own.
      const scheduled = recorded(run!).filter(
        ({ type, step }) => type !== "checkpoint" || step % 5 === 0 || step === 14,
      );
      expect(scheduled).toEqual(expected);
    }
  });
});

describe("what the supervisor asks for", () => {
  it("is done and recorded, in order", async () => {
    const { run } = await train(points, {});
    const lines = recorded(run).map((event) => {
      const { type, step } = event;
      if (type === "probe") return `${step} ${event.of}`;
      if (type === "health") return `${step} ${event.state}: ${event.reason}`;
      if (type === "finding") return `${step} ${event.severity} ${event.code}, ${event.next}`;
      return null;
    });
    const said = lines.filter((line) => line !== null);
    const remedy = said.find((line) => line.includes("mode-collapse"))!.split(", ")[1]!;
    expect(remedy).not.toBe("null");
    expect(said.slice(0, 9)).toEqual([
      "3 look",
      "3 healthy: after 0 scalars",
      "6 look",
      `6 warning mode-collapse, ${remedy}`,
      "6 watch: outside",
      "6 refit-discriminator",
      "6 step-generator",
      "6 average-weights",
      "6 healthy: refuted",
    ]);
  });

  it("names no remedy where the config wants none", async () => {
    const { run } = await train(points, { remedy: "off" });
    const findings = recorded(run).filter((event) => event.type === "finding");
    expect(findings.map(({ next }) => next)).toEqual([null]);
  });

  it("names the remedy that auto would try: none that was tried, nor one more than the budget", async () => {
    const config = parseConfig({ ...points, health: { remedy: "auto", budget: 2 } });
    const dataset = ring({ count: 200 });
    const remedy = (name: string, after: Config): RunEventOf<"remedy"> => ({
      ...{ v: 1, type: "remedy", step: 5, images: 80, time: "", name, finding: "numerical-divergence", why: "" },
      ...{ changes: configChanges(config, after), attempt: 1, backTo: 0 },
    });
    const saidUnder = (past: readonly RunEventOf<"remedy">[], now: Config) => {
      const said: EventBody[] = [];
      const emit = (event: EventBody) => {
        said.push(event);
        return event as RunEvent;
      };
      const game = gameFromConfig(now, sampleType(dataset));
      const given = { config: now, game, train: dataset, heldOut: null, backend, state, progress, level: "light" };
      const watch = new Watch({ ...given, past } as unknown as WatchCase, emit);
      return watch.broken({ "loss/generator": Number.NaN }).then(() => said);
    };
    const [state, progress] = [{}, { step: 5, images: 80 }];
    const context = { code: "numerical-divergence", sample: dataset, dataCount: 200 } as const;
    const recommended = remedyNamed("recommended-game")!.apply(config, context)!;
    const tried = [remedy("recommended-game", recommended)];
    expect(await saidUnder([], config)).toMatchObject([{ next: "recommended-game" }]);
    expect(await saidUnder(tried, recommended)).toMatchObject([{ next: "slower" }]);
    expect(await saidUnder([...tried, remedy("none", config)], recommended)).toMatchObject([{ next: null }]);
  });

  it("is to end at a plateau, where the config says so", async () => {
    const { run, result } = await train(points, { stopAtPlateau: true });
    expect(result).toMatchObject({ status: "finished", reason: "nothing improves", step: 12 });
    expect(listCheckpoints(run.checkpoints).at(-1)!.step).toBe(12);
    expect(recorded(run).findLast(({ type }) => type === "sample")).toMatchObject({ step: 12 });
    // Killed before it could say that it was finished.
    const lines = readFileSync(run.events, "utf8").trimEnd().split("\n");
    expect(lines.at(-1)).toContain('"finished"');
    writeFileSync(run.events, `${lines.slice(0, -1).join("\n")}\n`);
    expect((await train(points, { stopAtPlateau: true }, run)).result).toMatchObject({ status: "finished", step: 12 });
    expect((await train(points, { stopAtPlateau: false }, run)).result).toMatchObject({ reason: "", step: 14 });
    // Asked for only later, when it is on its plateau.
    const late = await train(points, { stopAtPlateau: false }, undefined, stopAfter(13));
    expect(late.result).toMatchObject({ status: "interrupted", step: 13 });
    // Not asked to end, it says that it could.
    const notes = recorded(late.run).flatMap((event) => (event.type === "note" ? [event] : []));
    expect(notes).toMatchObject([
      { step: 12, message: "nothing improves; --stop-when-healthy-plateau would end here" },
    ]);
    const { result: asked } = await train(points, { stopAtPlateau: true }, late.run);
    expect(asked).toMatchObject({ status: "finished", reason: "nothing improves", step: 13 });
  });
});

describe("the baseline", () => {
  const baselines = (run: RunPaths) => recorded(run).filter((event) => event.type === "baseline");

  it("says what is known of the training", async () => {
    const { run } = await train(points, {});
    expect(baselines(run)).toMatchObject([
      {
        step: 0,
        facts: {
          ...{ kind: "points", steps: 14, images: 14 * 32, batch: 16, dataCount: 200, heldOut: 50, lookSamples: 32 },
          ...{ objective: "non-saturating", shiftFree: false, average: true },
        },
      },
    ]);
  });

  it("is written again only where the looks became others", async () => {
    const { run } = await train(points, {}, undefined, stopAfter(4));
    await train(points, {}, run, stopAfter(2));
    expect(baselines(run)).toHaveLength(1);
    await train(points, { samples: 64 }, run, stopAfter(2));
    expect(baselines(run).map(({ facts }) => facts.lookSamples)).toEqual([32, 64]);
  });

  it("compares nothing in a training that is too short for a look", async () => {
    const { run } = await train({ ...points, steps: 2 }, {});
    expect(baselines(run)).toMatchObject([{ nulls: {} }]);
    expect(recorded(run).filter(({ type }) => type === "probe")).toEqual([]);
  });
});

it("values that are not finite are told to the supervisor, and again when the log is read", async () => {
  const adam = { name: "sgd", lr: 1e30 };
  const { run, result } = await train({ ...points, optimizer: { generator: adam, discriminator: adam } }, {});
  expect(result.status).toBe("failed");
  const findings = recorded(run).filter((event) => event.type === "finding");
  expect(findings).toMatchObject([{ code: "numerical-divergence", severity: "error" }]);
  const [occurrence] = [...readEvents(run.events)].map(occurrencesOf).filter((one) => one?.kind === "broken");
  const { values } = (occurrence as Extract<Occurrence, { kind: "broken" }>).reading;
  expect(Object.keys(values)).toHaveLength(1);
  expect(Object.values(values).some(Number.isFinite)).toBe(false);
});

describe("the rhythm of looks", () => {
  it.each([
    [100, null, 20],
    [5000, null, 50],
    [1_000_000, null, 500],
    [5000, 7, 7],
  ])("of %d steps with every %s is %d", (steps, every, expected) => {
    const config = parseConfig({ data: { source: "ring" }, model: "mlp", steps, health: { every } });
    expect(lookEvery(config)).toBe(expected);
  });
});
