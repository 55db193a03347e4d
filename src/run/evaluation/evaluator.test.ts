import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { loadDataset } from "../../data/sources.ts";
import type { PlayedGame } from "../../metrics/game.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { chooseExtractor, usualExtractor } from "./choose-extractor.ts";
import { type Evaluation, figuresOf, metricName } from "./evaluation.ts";
import { Evaluator } from "./evaluator.ts";
import { pointExtractor } from "./extractor.ts";
import { pickSamples, realSubsets } from "./subsets.ts";

const backend = await nodeBackend({ threads: 1 });
const ring = await loadDataset("ring", { count: 4000 });
const fresh = await loadDataset("ring", { count: 4000, seed: 1 });
const choices = (...names: string[]) => names.map((name) => ({ name }));

async function judge(names: readonly string[], samples: typeof ring, heldOut?: typeof ring): Promise<Evaluation[]> {
  const evaluator = new Evaluator({
    metrics: choices(...names),
    count: 1000,
    reference: ring,
    ...(heldOut && { heldOut }),
    extractor: pointExtractor(2),
    backend,
  });
  try {
    return await evaluator.evaluate(
      pickSamples(
        samples,
        Array.from({ length: 1000 }, (_, i) => i),
      ),
    );
  } finally {
    await evaluator.release();
  }
}

describe("an evaluation", () => {
  it("says what it is: name, number of samples, extractor, and what reals score", async () => {
    const [fid, modes] = await judge(["fid", "modes"], fresh);
    expect(fid!.metric).toBe("fid-1k-points");
    expect(modes!.metric).toBe("modes-1k");
    expect(fid!.samples).toBe(1000);
    expect(fid!.reference).toEqual({ name: "ring", count: 1000 });
    expect(fid!.real).toEqual({ samples: 1000, reference: 1000 });
    const { value, real } = fid!.results.fid!;
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(0.02);
    expect(real).toBeGreaterThan(0);
    expect(real).toBeLessThan(0.02);
    expect(modes!.results.captured).toMatchObject({ value: 8, ideal: 8, real: 8 });
    expect(Object.keys(figuresOf(modes!))).toContain("modes-1k/high-quality");
    expect(Object.keys(figuresOf(modes!))[0]).toBe("modes-1k");
  });

  it("is the same when it is asked twice", async () => {
    expect(await judge(["fid", "kid", "ndb"], fresh)).toEqual(await judge(["fid", "kid", "ndb"], fresh));
  });

  it("needs unseen reals to tell copies, and tells them", async () => {
    await expect(judge(["copying"], fresh)).rejects.toThrow(ConfigError);
    const [copies] = await judge(["copying"], ring, fresh);
    const [honest] = await judge(["copying"], await loadDataset("ring", { count: 1000, seed: 2 }), fresh);
    expect(copies!.results.ct!.value).toBeLessThan(-3);
    expect(Math.abs(honest!.results.ct!.value)).toBeLessThan(3);
    expect(Math.abs(copies!.results.ct!.real!)).toBeLessThan(3);
  });

  it("refuses samples of another shape, and metrics without what they need", async () => {
    const evaluator = new Evaluator({
      metrics: choices("fid"),
      count: 100,
      reference: ring,
      extractor: pointExtractor(2),
      backend,
    });
    const line = { kind: "points", data: new Float32Array(100), count: 100, shape: [1] } as const;
    await expect(evaluator.evaluate(line)).rejects.toThrow(DataError);
    for (const name of ["ms-ssim", "classifier-score", "stacked-modes", "nonsense"]) {
      await expect(judge([name], fresh)).rejects.toThrow(ConfigError);
    }
  });
});

describe("a figure of a game", () => {
  const game: PlayedGame = {
    reals: { name: "unseen", count: 512 },
    dualityGap: async ({ steps }) => ({
      value: -1,
      discriminatorGain: 0.5,
      generatorGain: 0.25,
      gap: 0.75,
      standardError: steps / 1000,
    }),
  };
  const options = { count: 100, reference: ring, extractor: pointExtractor(2), backend };

  it("has the name of its own number of samples, the reals of the game, and no figure for reals, which play none", async () => {
    const evaluator = new Evaluator({
      ...options,
      metrics: [{ name: "duality-gap", steps: 20 }, { name: "fid" }],
      game,
    });
    expect(evaluator.names).toEqual(["duality-gap-2048-steps20", "fid-100-points"]);
    const [gap, fid] = await evaluator.evaluate(
      pickSamples(
        fresh,
        Array.from({ length: 100 }, (_, i) => i),
      ),
    );
    await evaluator.release();
    expect(gap).toMatchObject({ samples: 2048, reference: { name: "unseen", count: 512 }, better: "small" });
    expect(gap!.real).toBeUndefined();
    expect(gap!.results["duality-gap"]).toEqual({ value: 0.75, standardError: 0.02, ideal: 0 });
    expect(gap!.results.steps).toEqual({ value: 20 });
    expect(fid).toMatchObject({ samples: 100, reference: { name: "ring", count: 100 } });
  });

  it("is refused where there is no game", () => {
    expect(() => new Evaluator({ ...options, metrics: [{ name: "duality-gap" }] })).toThrow(/two players/);
  });
});

describe("subsets of reals", () => {
  it("are disjoint, and halves where there are too few", () => {
    const all = {
      kind: "points",
      data: Float32Array.from({ length: 100 }, (_, i) => i),
      count: 100,
      shape: [1],
    } as const;
    const { reference, null: nulls } = realSubsets(all, 50, 0);
    expect([...reference.data, ...nulls.samples.data].sort((a, b) => a - b)).toEqual([...all.data]);
    const few = realSubsets(all, 80, 0);
    expect([few.reference.count, few.null.reference.count, few.null.samples.count]).toEqual([80, 50, 50]);
    expect(new Set([...few.null.reference.data, ...few.null.samples.data]).size).toBe(100);
  });
});

it("chooses the classifier of the data, and a random network for other images", async () => {
  expect(usualExtractor("mnist", { kind: "images", shape: [1, 28, 28] })).toBe("lenet_mnist");
  expect(usualExtractor("mnist", { kind: "images", shape: [1, 32, 32] })).toBe("random_conv");
  expect(usualExtractor("stacked-mnist", { kind: "images", shape: [3, 28, 28] })).toBe("lenet_mnist_stacked");
  expect(usualExtractor("photos", { kind: "images", shape: [3, 64, 64] })).toBe("random_conv");
  expect(usualExtractor("ring", { kind: "points", shape: [2] })).toBe("points");
  await expect(chooseExtractor("lenet_mist", { kind: "images", shape: [1, 28, 28] }, backend)).rejects.toThrow(
    /lenet_mnist/,
  );
  await expect(chooseExtractor("points", { kind: "images", shape: [1, 28, 28] }, backend)).rejects.toThrow(ConfigError);
});

it("names a number of samples as people say it", () => {
  expect(metricName({ metric: "fid", count: 10_000, extractor: "lenet_mnist" })).toBe("fid-10k-lenet_mnist");
  expect(metricName({ metric: "modes", count: 2500 })).toBe("modes-2500");
});

it("names options that are not the usual ones, so that two figures of one name are alike", () => {
  const evaluator = new Evaluator({
    metrics: [
      { name: "prdc", k: 3 },
      { name: "fid", shrinkage: 0.5 },
      { name: "kid", blockSize: undefined },
    ],
    count: 1000,
    reference: ring,
    extractor: pointExtractor(2),
    backend,
  });
  expect(evaluator.names).toEqual(["prdc-1k-points-k3", "fid-1k-points-shrinkage0.5", "kid-1k-points"]);
});
