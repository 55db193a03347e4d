/** @file Looks are taken of the players as they are, with reals and noise of their own. */

import { afterAll, describe, expect, it } from "vitest";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { parseConfig } from "../../../config/config.ts";
import { gameFromConfig } from "../../../config/game-from-config.ts";
import type { Dataset, PointDataset } from "../../../data/dataset.ts";
import { ring } from "../../../data/synthetic.ts";
import type { Look } from "../../../health/look.ts";
import { fillBits, streamKey } from "../../../util/rng.ts";
import { sampleType } from "../prepare/prepare.ts";
import { Executor } from "../steps/executor.ts";
import { Looker, lookBatches } from "./looker.ts";

const backend = await nodeBackend({ threads: 1 });
const opened: { release(): Promise<void> }[] = [];
afterAll(async () => {
  for (const one of opened) await one.release();
});

const base = { data: { source: "x" }, model: { name: "mlp", width: 8 }, batch: 16, health: { samples: 64 } };

function open(raw: object, train: Dataset, heldOut?: Dataset) {
  const config = parseConfig({ ...base, ...raw });
  const game = gameFromConfig(config, sampleType(train));
  const looker = new Looker({ config, game, train, heldOut }, backend);
  const executor = new Executor(game, backend, config.seed);
  opened.push(looker, executor);
  return { config, game, looker, executor };
}

/** Points that say which they are. */
function numbered(count: number, from = 0): PointDataset {
  const points = ring({ count });
  return { ...points, data: Float32Array.from({ length: 2 * count }, (_, i) => from + Math.floor(i / 2)) };
}

const numbersOf = ({ samples }: Look, side: "real" | "heldOut") =>
  Array.from({ length: samples[side]!.rows }, (_, i) => samples[side]!.values[2 * i]!);

/** The look, with its views copied. */
const copied = (look: Look): Look => structuredClone(look);

describe("a look at points", () => {
  const { looker, executor, game } = open({}, numbered(200), numbered(100, 1000));

  it("has as many samples of each kind as the config says, none twice", async () => {
    const look = await looker.take(executor.state.read(), 40);
    expect(looker.samples).toBe(64);
    for (const side of ["real", "fake", "heldOut"] as const) {
      expect(look.samples[side]).toMatchObject({ rows: 64, columns: 2 });
      expect(look.logits[side]).toHaveLength(64);
      expect(look.features[side]).toMatchObject({ rows: 64, columns: 8 });
    }
    expect(new Set(numbersOf(look, "real")).size).toBe(64);
    expect(new Set(numbersOf(look, "heldOut")).size).toBe(64);
    expect(numbersOf(look, "heldOut").every((x) => x >= 1000)).toBe(true);
    expect(look.nudged).toBeUndefined();
    expect(look.average).toMatchObject({ rows: 64, columns: 2 });
    expect(look.inputGradients).toBeUndefined();
    expect(look.layerGradients).toBeUndefined();
  });

  it("is the same for the same step, and of other samples at another", async () => {
    const state = executor.state.read();
    const [first, again, later] = [
      copied(await looker.take(state, 40)),
      copied(await looker.take(state, 40)),
      copied(await looker.take(state, 41)),
    ];
    expect(again).toEqual(first);
    expect(numbersOf(later, "real")).not.toEqual(numbersOf(first, "real"));
    expect(later.samples.fake).not.toEqual(first.samples.fake);
  });

  it("leaves the state as it was, and shows the weights by their names", async () => {
    const before = structuredClone(executor.state.read());
    const { weights } = await looker.take(executor.state.read(), 7);
    expect(executor.state.read()).toEqual(before);
    const { entries } = game.generator.parameters;
    expect(weights.generator.map(({ name, shape }) => [name, shape])).toEqual(
      entries.map(({ name, shape }) => [name, shape]),
    );
    const all = weights.generator.flatMap(({ data }) => [...data]);
    expect(all).toEqual([...(before.generator as Float32Array)]);
  });

  it("finds the fakes of the average where those of the weights are, before anything has moved", async () => {
    const { average, samples } = await looker.take(executor.state.read(), 3);
    expect([...average!.values]).toEqual([...samples.fake.values]);
  });

  it("says that the generator is pulled by half where the discriminator knows nothing", async () => {
    const { generatorSignal } = await looker.take(executor.state.read(), 3);
    expect(generatorSignal).toBeGreaterThan(0.4);
    expect(generatorSignal).toBeLessThan(0.6);
  });
});

describe("a look where there are few reals", () => {
  it("is as large as elsewhere, in whole batches, and no more than 32 where the config leaves it open", () => {
    const { config } = open({}, numbered(50));
    for (const count of [16, 50, 1000]) expect(lookBatches({ config, train: numbered(count) })).toBe(4);
    const small = parseConfig({ ...base, batch: 8, health: {} });
    expect(lookBatches({ config: small, train: numbered(1000) })).toBe(32);
    expect(lookBatches({ config: parseConfig({ ...base, health: {} }), train: numbered(1000) })).toBe(32);
    expect(lookBatches({ config: parseConfig({ ...base, batch: 64, health: {} }), train: numbered(1000) })).toBe(8);
  });

  it("has as many fakes and held-out reals as ever, and each real once", async () => {
    const { looker, executor } = open({ packing: 2 }, numbered(21), numbered(100, 1000));
    const look = await looker.take(executor.state.read(), 5);
    expect(looker.samples).toBe(64);
    expect(looker.logits).toEqual({ real: 10, fake: 32, heldOut: 32 });
    for (const [side, rows] of [
      ["real", 20],
      ["fake", 64],
      ["heldOut", 64],
    ] as const) {
      expect(look.samples[side]!.rows).toBe(rows);
      expect(look.logits[side]!.length).toBe(rows / 2);
      expect(look.features[side]!.rows).toBe(rows / 2);
    }
    expect(new Set(numbersOf(look, "real")).size).toBe(20);
    expect(new Set(numbersOf(look, "heldOut")).size).toBe(64);
  });

  it("counts no held-out real twice", async () => {
    const { looker, executor } = open({ packing: 2 }, numbered(200), numbered(21, 1000));
    const look = await looker.take(executor.state.read(), 5);
    expect(look.samples.heldOut!.rows).toBe(20);
    expect(new Set(numbersOf(look, "heldOut")).size).toBe(20);
    expect(look.logits.heldOut).toHaveLength(10);
    expect(look.logits.real).toHaveLength(32);
    expect(look.features.heldOut!.rows).toBe(10);
  });

  it("has none where none are kept apart, or where their classes are not known", async () => {
    const { labels: _, classes: __, ...unlabelled } = ring({ count: 40 });
    const told = { conditioning: "concat" };
    const cases = [open({}, ring({ count: 100 })), open(told, ring({ count: 100 }), unlabelled as PointDataset)];
    for (const { looker, executor } of cases) {
      const look = await looker.take(executor.state.read(), 5);
      expect(looker.heldOutCount).toBe(0);
      for (const set of [look.samples, look.logits, look.features]) expect(set).not.toHaveProperty("heldOut");
    }
    const { looker } = open(told, ring({ count: 100 }), ring({ count: 40, seed: 1 }));
    expect(looker.heldOutCount).toBe(40);
  });
});

describe("a look at images, with everything", () => {
  it("has numbers in -1..1, mirrored as those that are learned from, and gradients layer by layer", async () => {
    const words = new Uint32Array(64 * 64);
    fillBits(streamKey(1, "pixels"), 0, words);
    const train: Dataset = {
      kind: "images",
      name: "noise",
      count: 64,
      shape: [1, 8, 8],
      data: Uint8Array.from(words, (word) => word >>> 24),
      valueRange: { min: 0, max: 255, convention: "0..255" },
      skipped: [],
      notes: [],
    };
    const model = { name: "r3gan", latent: 2, base: 4, width: 4, blocks: 1, groupSize: 2 };
    const raw = { model, data: { source: "x", mirror: true }, health: { samples: 32, probes: "full" } };
    const { looker, executor, game } = open(raw, train, train);
    const { samples, nudged, layerGradients, inputGradients } = await looker.take(executor.state.read(), 1);
    expect(nudged).toMatchObject({ samples: { rows: 32, columns: 64 }, by: 0.1 });
    for (const { values } of [samples.real, samples.heldOut!]) {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-1);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
    }
    const rowOf = (image: number, flip: boolean) =>
      Array.from({ length: 8 }, (_, x) => Math.fround(train.data[image * 64 + (flip ? 7 - x : x)]! / 127.5 - 1));
    const originals = Array.from({ length: 64 }, (_, i) => [rowOf(i, false).join(), rowOf(i, true).join()]);
    const seen = Array.from({ length: 32 }, (_, i) => {
      const row = Array.from(samples.real.values.subarray(i * 64, i * 64 + 8));
      const near = (text: string) => text.split(",").every((x, k) => Math.abs(Number(x) - row[k]!) < 1e-5);
      return originals.some(([straight]) => near(straight!))
        ? "straight"
        : originals.some(([, f]) => near(f!))
          ? "mirrored"
          : "?";
    });
    expect(new Set(seen)).toEqual(new Set(["straight", "mirrored"]));
    const names = (["generator", "discriminator"] as const).flatMap((player) =>
      game[player].parameters.entries.map(({ name }) => `${player}/${name}`),
    );
    for (const norms of [inputGradients!.real, inputGradients!.fake]) expect(norms).toHaveLength(32);
    expect(Object.keys(layerGradients!)).toEqual(names);
    expect(Object.values(layerGradients!).every((size) => size >= 0)).toBe(true);
    expect(Math.max(...Object.values(layerGradients!))).toBeGreaterThan(0);
  });
});
