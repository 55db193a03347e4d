import { describe, expect, it } from "vitest";
import { fillBits, fillNormal, streamKey } from "../util/rng.ts";
import { classCounts, type Probabilities } from "./classes.ts";
import { features } from "./features.ts";
import { jsDivergence, jsFloor, shares } from "./histogram.ts";
import type { MetricInputs, SampleSet } from "./metric.ts";
import { metrics } from "./metrics.ts";
import { moments } from "./moments.ts";
import { plainProducts } from "./products.ts";

const COUNT = 160;

/** Samples in every form, all drawn by `seed`. */
function samples(seed: number): SampleSet {
  const data = new Float32Array(COUNT * 2);
  fillNormal(streamKey(seed, "features"), 0, data);
  const classify = (name: string): Probabilities => {
    const logits = new Float32Array(COUNT * 10);
    fillNormal(streamKey(seed, name), 0, logits);
    const probabilities = new Float32Array(COUNT * 10);
    for (let n = 0; n < COUNT; n++) {
      const row = logits.subarray(n * 10, n * 10 + 10).map(Math.exp);
      const sum = row.reduce((a, b) => a + b);
      probabilities.set(
        row.map((x) => x / sum),
        n * 10,
      );
    }
    return { data: probabilities, classes: 10 };
  };
  const bits = new Uint32Array(COUNT * 256);
  fillBits(streamKey(seed, "pixels"), 0, bits);
  return {
    features: features(data, 2, "test"),
    probabilities: classify("classes"),
    channels: ["red", "green", "blue"].map(classify),
    images: { data: Uint8Array.from(bits, (word) => word >>> 24), count: COUNT, shape: [1, 16, 16] },
  };
}

const inputs: MetricInputs = {
  samples: samples(0),
  reference: samples(1),
  memory: { training: samples(1).features, heldOut: samples(2).features },
  modes: {
    centres: [
      [0, 0],
      [1, 1],
    ],
    std: 1,
  },
  game: {
    reals: { name: "test", count: COUNT },
    dualityGap: async () => ({ gap: 0.3, standardError: 0.1, value: -1.2, discriminatorGain: 0.1, generatorGain: 0.2 }),
  },
  products: plainProducts,
  seed: 0,
};

describe.each(Object.values(metrics))("$name", ({ create, options }) => {
  const metric = create(options.parse({}));

  it("gives the figures that it lists, its own first", async () => {
    const found = await metric.compute(inputs);
    expect(Object.keys(found)).toEqual(Object.keys(metric.figures));
    expect(Object.values(metric.figures)[0]).toEqual(metric.better);
    for (const { value } of Object.values(found)) expect(Number.isFinite(value)).toBe(true);
  });
});

/** The same with fewer samples or reals. */
const first = ({ features: { data, dimensions } }: SampleSet, count: number): SampleSet => ({
  features: features(data.slice(0, count * dimensions), dimensions, "test"),
});

it.each<[string, object, number, number]>([
  ["fid", {}, 2, 3],
  ["fid", {}, 3, 2],
  ["fid-infinity", {}, 4, 40],
  ["fid-infinity", {}, 40, 2],
  ["prdc", {}, 5, 6],
  ["prdc", {}, 6, 5],
  ["ndb", { bins: 10 }, 20, 9],
  ["sliced-wasserstein", {}, 20, 21],
  ["birthday", {}, 31, 40],
])("%s says beforehand that it cannot be computed: %o, %d samples, %d reals", async (name, given, count, reals) => {
  const row = metrics[name]!;
  const metric = row.create(row.options.parse(given));
  const set = { ...inputs, samples: first(inputs.samples, count), reference: first(inputs.reference, reals) };
  expect(metric.obstacle?.({ samples: count, reference: reals, dimensions: 2 })).toMatch(/\d/);
  await expect(metric.compute(set)).rejects.toThrow();
  const enough = { samples: 41, reference: 41, dimensions: 2 };
  expect(metric.obstacle?.(enough)).toBeUndefined();
  await metric.compute({ ...inputs, samples: first(inputs.samples, 41), reference: first(inputs.reference, 41) });
});

/** Two features that go together, in sets drawn by `seed`. */
function together(seed: number, count = 400): SampleSet {
  const data = new Float32Array(count * 2);
  fillNormal(streamKey(seed, "together"), 0, data);
  for (let i = 0; i < data.length; i += 2) data[i + 1] = data[i]! + 0.1 * data[i + 1]!;
  return { features: features(data, 2, "test") };
}

it.each([
  ["fid", 0.02, 1e-10],
  // By reals its line goes to infinitely many of both, by moments of the samples only.
  ["fid-infinity", 0.05, 0.02],
])("%s shrinks both sides alike, whether the reals are there or only their moments", async (name, near, same) => {
  const metric = metrics[name]!.create(metrics[name]!.options.parse({ shrinkage: 0.9 }));
  const set = { ...inputs, samples: together(0), reference: together(1) };
  const found = await metric.compute(set);
  expect(Math.abs(found[name]!.value)).toBeLessThan(near);
  const byMoments = await metric.fromMoments!({ ...set, reference: moments(set.reference.features) });
  expect(Math.abs(byMoments[name]!.value - found[name]!.value)).toBeLessThan(same);
  const plain = metrics[name]!.create(metrics[name]!.options.parse({}));
  const oneSided = await plain.fromMoments!({
    ...set,
    reference: moments(set.reference.features, { shrinkage: 0.9 }),
  });
  expect(oneSided[name]!.value).toBeGreaterThan(10 * near);
});

it("equals differ in their classes by what theory says", () => {
  const draw = (stream: number, count: number) => {
    const bits = new Uint32Array(count);
    fillBits(streamKey(stream, "classes"), 0, bits);
    // Two of twelve classes never occur.
    return classCounts(
      Array.from(bits, (word) => word % 10),
      12,
    );
  };
  const pairs = Array.from({ length: 200 }, (_, i) => [draw(2 * i, 1000), draw(2 * i + 1, 500)] as const);
  const mean = pairs.reduce((sum, [a, b]) => sum + jsDivergence(shares(a), shares(b)), 0) / pairs.length;
  expect(jsFloor(...pairs[0]!)).toBeCloseTo((9 / 8) * (1 / 1000 + 1 / 500), 12);
  // A chi-squared of nine degrees has a deviation of 0.47 of its mean: a standard error of 3 % of 200.
  expect(Math.abs(mean / jsFloor(...pairs[0]!) - 1)).toBeLessThan(0.12);
});
