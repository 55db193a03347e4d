import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RawConfig } from "../../config/layers.ts";
import { shapes } from "../../data/shapes.ts";
import { loadDataset } from "../../data/sources.ts";
import { ring } from "../../data/synthetic.ts";
import { zooPrograms } from "../../health/zoo/programs.ts";
import { decodeEvent } from "../../run/store/event-codec.ts";
import { DataError } from "../../util/errors.ts";
import { causeName, findCases } from "./cases.ts";
import { judgeRuns, OURS, scoreRuns } from "./detect.ts";
import { casesMarkdown, detectionLine } from "./detect-report.ts";
import { askOnce } from "./missing-data.ts";
import type { CleanReals } from "./oracle.ts";
import { plantData } from "./plant-data.ts";
import { readZooRecords, truthOf } from "./record.ts";
import { RULES_OF_TODAY } from "./rules-of-today.ts";
import { gradientNorms } from "./run-case.ts";
import { runZoo, zooResults } from "./run-zoo.ts";

const out = mkdtempSync(join(tmpdir(), "gantry-zoo-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const over = { steps: 24, health: { probes: "off" } };

describe("a run of the zoo", () => {
  it("is trained, judged and recorded once", async () => {
    const cases = findCases({ programs: ["five-hinge"], causes: ["none", "scaled"] });
    const told: string[] = [];
    const job = {
      ...{ cases, seeds: [4], out, over },
      onRecord: ({ cause }: { cause: string }, reused: boolean) => told.push(`${cause} ${reused}`),
    };
    const records = await runZoo(job);
    expect(told).toEqual(["none false", "scaled false"]);
    const [plain, scaled] = records;
    expect(plain).toMatchObject({ program: "five-hinge", half: "calibration", plants: null, seed: 4, steps: 24 });
    expect(plain!.seen.observations.length).toBe(12);
    // In 24 steps nothing is learned; reals are good all the same.
    expect(truthOf(plain!).outcome).toBe("failing");
    expect(plain!.seen.reals.quality).toBeGreaterThan(0.97);
    expect(plain!.seen.observations.at(-1)!.quality).toBeLessThan(0.3);
    expect(truthOf(scaled!).found[0]).toMatchObject({ code: "data-fault", onset: 0 });
    expect(scaled!.seen.reals.quality).toBeLessThan(0.1);
    const events = readFileSync(join(out, plain!.events), "utf8").trim().split("\n");
    expect(decodeEvent(events[0]!).type).toBe("start");

    told.length = 0;
    expect(await runZoo(job)).toEqual(records);
    expect(told).toEqual(["none true", "scaled true"]);
  }, 60_000);

  it("that is watched otherwise is another one, and has a log of its own", async () => {
    const apart = join(out, "watched");
    const cases = findCases({ programs: ["five-hinge"], causes: ["none"] });
    const under = async (probes: string) => {
      const [record] = await runZoo({ cases, seeds: [4], out: apart, over: { steps: 12, health: { probes } } });
      return record!;
    };
    const [off, light] = [await under("off"), await under("light")];
    expect(light.fingerprint).not.toBe(off.fingerprint);
    expect(light.events).not.toBe(off.events);
    expect(readFileSync(join(apart, light.events), "utf8")).toContain('"baseline"');
    expect(readFileSync(join(apart, off.events), "utf8")).not.toContain('"baseline"');
    expect(await under("off")).toEqual(off);
  }, 60_000);

  it("is judged by what draws: the moving average, where one is kept", async () => {
    const cases = findCases({ programs: ["five-hinge"], causes: ["none"] });
    const wayOf = async (ema: RawConfig) => {
      const job = { cases, seeds: [4], out: join(out, "averaged"), over: { ...over, ema } };
      const [record] = await runZoo(job);
      return Math.max(...record!.seen.observations.map(({ moved }) => moved ?? 0));
    };
    expect(await wayOf({ enabled: false })).toBeGreaterThan(0.01);
    // One that hardly follows stays where the generator began.
    expect(await wayOf({ enabled: true, halfLife: 1e9, rampUp: 0 })).toBeLessThan(1e-4);
  }, 60_000);

  it("is compared with what detectors say of its log", () => {
    const runs = judgeRuns(readZooRecords(zooResults(out)), out);
    expect(runs.map(({ cause, plants }) => [cause, plants])).toEqual([
      ["none", null],
      ["scaled", "data-fault"],
    ]);
    expect(runs[1]!.truth).toMatchObject({ isFailing: true, codes: ["data-fault"], onset: 0 });
    // So short a run, without looks, gives nothing to say.
    expect(runs[1]!.calls[OURS]).toBeNull();
    const { scores, parts, aside } = scoreRuns(runs);
    expect(aside.map((each) => each.runs)).toEqual([0, 0, 0, 0]);
    expect(scores.find(({ detector, half }) => detector === OURS && half === "calibration")).toMatchObject({
      ...{ failing: 2, healthy: 0, sensitivity: 0, falseAlarms: 0 },
    });
    expect(parts.map(({ half, part, failing }) => [half, part, failing])).toEqual([
      ["calibration", "without faults of the data", 1],
      ["calibration", "five-hinge", 2],
      ["held-out", "without faults of the data", 0],
    ]);
    expect(casesMarkdown(runs)).toContain("| `data-fault` | 1 of 1 | 0 of 0 |");
    expect(new Set(scores.map(({ detector }) => detector)).size).toBe(2 + RULES_OF_TODAY.length);
    expect(runs.map(detectionLine)[1]).toBe("five-hinge, scaled, seed 4: data-fault from step 0; called nothing");
  });

  it("leaves out a torn last line of the records, and refuses another one", () => {
    const path = zooResults(out);
    const before = readZooRecords(path);
    appendFileSync(path, '{"v":1,"program":"five');
    expect(readZooRecords(path)).toEqual(before);
    appendFileSync(path, '"}\n');
    expect(() => readZooRecords(path)).toThrow(/no record of the zoo/);
  });
});

it("norms of the log are as a record can hold them: what is not finite is larger than any", () => {
  const tick = (step: number, generator: number) => ({
    ...({ v: 1, time: "", type: "scalars", step, images: step } as const),
    values: { "gradient/generator": generator, "gradient/discriminator": 1 },
  });
  const norms = gradientNorms([tick(10, 2), tick(20, Number.NaN), tick(30, Number.POSITIVE_INFINITY)]);
  expect(JSON.parse(JSON.stringify(norms))).toEqual(norms);
  expect(norms.map(({ generator }) => generator)).toEqual([2, Number.MAX_VALUE, Number.MAX_VALUE]);
});

describe("planted data", () => {
  const read = async (keys: Readonly<Record<string, unknown>>) => {
    const { source, ...options } = keys;
    return loadDataset(source as string, options);
  };

  it("are read as what they were meant to be", async () => {
    const clean = shapes({ count: 60, seed: 2 });
    const half = await read(plantData("half-range", clean, 2, out));
    // 0 to 1 read as -1 to 1: the upper half of the grey values.
    expect(half).toMatchObject({ kind: "images", shape: [3, 16, 16], count: 60 });
    expect(Math.min(...half.data)).toBeGreaterThanOrEqual(127);
    const frame = await read(plantData("frame", clean, 2, out));
    expect([...frame.data.subarray(0, 16)]).toEqual(new Array(16).fill(255));
    expect(frame.data[3 * 16 + 3]).toBe(clean.data[3 * 16 + 3]);

    const points = ring({ count: 900, seed: 2 });
    const scaled = await read(plantData("scaled", points, 2, out));
    expect(scaled.data[7]! / points.data[7]!).toBeCloseTo(100, 3);
    const coarse = await read(plantData("coarse", points, 2, out));
    expect(new Set(coarse.data).size).toBeLessThanOrEqual(5);
    const sprinkled = await read(plantData("sprinkled", points, 2, out));
    const moved = Array.from({ length: 900 }, (_, i) => sprinkled.data[2 * i] !== points.data[2 * i]);
    expect(moved.filter(Boolean).length / 900).toBeGreaterThan(0.27);
    expect(moved.filter(Boolean).length / 900).toBeLessThan(0.4);
    const skewed = await read(plantData("skewed", points, 2, out));
    expect(skewed.count).toBeGreaterThan(500);
    expect(skewed.count).toBeLessThan(700);
  });

  it("are refused where the change is for the other kind", () => {
    expect(() => plantData("frame", ring({ count: 9 }), 0, out)).toThrow(/for images/);
    expect(() => plantData("scaled", shapes({ count: 9 }), 0, out)).toThrow(/for points/);
  });
});

describe("a program whose data are not there", () => {
  const cases = findCases({ programs: ["five-hinge", "fashion-relativistic"], causes: ["none", "frame"] });
  const folder = join(out, "lacking");
  const error = new DataError("Fashion-MNIST is not installed", { help: "install it" });
  const lack = async ({ name }: { name: string }) => (name === "fashion-relativistic" ? error : null);

  it("is left out and told once, and the others are run", async () => {
    expect(cases.map((one) => `${one.program.name} ${causeName(one)}`)).toEqual([
      ...["five-hinge none", "fashion-relativistic none", "fashion-relativistic frame"],
    ]);
    const skipped: unknown[] = [];
    const job = { cases, seeds: [4], out: folder, over, lack, onSkip: (one: unknown) => skipped.push(one) };
    expect((await runZoo(job)).map(({ program, cause }) => `${program} ${cause}`)).toEqual(["five-hinge none"]);
    expect(skipped).toEqual([{ program: "fashion-relativistic", why: error.message, help: "install it" }]);
  }, 60_000);

  it("is an error where nothing else is asked for", async () => {
    await expect(runZoo({ cases: cases.slice(1), seeds: [4], out: folder, over, lack })).rejects.toBe(error);
  });

  it("counts with what is recorded of it", async () => {
    const [plain] = cases;
    const none = async () => error;
    expect(await runZoo({ cases: [plain!], seeds: [4], out: folder, over, lack: none })).toHaveLength(1);
  });

  it("is found by reading its data, once for all programs of a data set", async () => {
    const asked: string[] = [];
    const ask = askOnce(async ({ data }) => {
      asked.push(data.source);
      if (data.source === "ring") throw error;
      return {} as CleanReals;
    });
    const rings = zooPrograms.filter(({ name }) => name.startsWith("ring-"));
    expect(rings.length).toBe(2);
    for (const one of rings) expect(await ask(one)).toBe(error);
    expect(await ask(zooPrograms.find(({ name }) => name === "five-hinge")!)).toBeNull();
    expect(asked).toEqual(["ring", "five-gaussians"]);
    const broken = askOnce(async () => Promise.reject(new TypeError("no fault of the data")));
    await expect(broken(rings[0]!)).rejects.toThrow(TypeError);
  });
});
