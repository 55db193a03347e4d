/**
 * @file Planted failures: sets whose fault is known, against which every metric must move the right way, by the amount that theory
 * says where theory says one.
 */

import { describe, expect, it } from "vitest";
import { ring } from "../../src/data/synthetic.ts";
import { birthdayTest, supportOf } from "../../src/metrics/birthday.ts";
import { classCounts, classifierScore, modeScore, type Probabilities } from "../../src/metrics/classes.ts";
import { differentBins } from "../../src/metrics/different-bins.ts";
import { type Features, features } from "../../src/metrics/features.ts";
import { frechetAtInfinity, frechetDistance } from "../../src/metrics/frechet.ts";
import { klToUniform, shares } from "../../src/metrics/histogram.ts";
import { kernelDistance } from "../../src/metrics/kernel-distance.ts";
import { authenticity, copyingRatio, copyingTest } from "../../src/metrics/memorisation.ts";
import { modeReport } from "../../src/metrics/modes.ts";
import { moments } from "../../src/metrics/moments.ts";
import { msSsim } from "../../src/metrics/ms-ssim.ts";
import { expectedCoverage, precisionRecall } from "../../src/metrics/precision-recall.ts";
import { plainProducts } from "../../src/metrics/products.ts";
import { slicedWasserstein } from "../../src/metrics/sliced-wasserstein.ts";
import { fillBits, fillNormal, streamKey } from "../../src/util/rng.ts";

const [COUNT, DIMENSIONS, MODES] = [1000, 8, 10];
/** Spread within a mode; the centres are standard normal. */
const SPREAD = 0.2;

const centres = (() => {
  const out = new Float32Array(MODES * DIMENSIONS);
  fillNormal(streamKey(0, "centres"), 0, out);
  return out;
})();

/** Fresh samples of a mixture of ten modes; of only the first `modes` of them, with `spread` times the spread within. */
function mixture(stream: string, modes = MODES, spread = 1): Features {
  const which = new Uint32Array(COUNT);
  fillBits(streamKey(1, `${stream}/mode`), 0, which);
  const data = new Float32Array(COUNT * DIMENSIONS);
  fillNormal(streamKey(1, `${stream}/noise`), 0, data);
  for (let i = 0; i < data.length; i++) {
    const mode = which[Math.floor(i / DIMENSIONS)]! % modes;
    data[i] = centres[mode * DIMENSIONS + (i % DIMENSIONS)]! + SPREAD * spread * data[i]!;
  }
  return features(data, DIMENSIONS, "test");
}

const [train, heldOut, real] = [mixture("train"), mixture("held-out"), mixture("real")];
const dropped = mixture("dropped", 5);
const shrunken = mixture("shrunken", MODES, 0.1);
const equal = features(
  Float32Array.from(train.data, (_, i) => train.data[i % DIMENSIONS]!),
  DIMENSIONS,
  "test",
);
const noise = (() => {
  const data = new Float32Array(COUNT * DIMENSIONS);
  fillNormal(streamKey(2, "noise"), 0, data);
  return features(
    data.map((x) => 3 * x),
    DIMENSIONS,
    "test",
  );
})();
/** Copies of training samples, moved by next to nothing. */
const copies = features(
  Float32Array.from(train.data, (x, i) => x + 1e-4 * noise.data[i]!),
  DIMENSIONS,
  "test",
);

/** The faults that a comparison of means and spreads must see. Shrunken modes hardly change either: see below. */
const failures = { dropped, equal, noise };

describe.each(Object.entries(failures))("fakes that are %s", (_, fakes) => {
  it("are further away than fresh reals by every distance", async () => {
    const truth = moments(train);
    expect(frechetDistance(moments(fakes), truth)).toBeGreaterThan(3 * frechetDistance(moments(real), truth));
    expect(slicedWasserstein(train, fakes, { directions: 64 })).toBeGreaterThan(
      1.5 * slicedWasserstein(train, real, { directions: 64 }),
    );
    const [far, near] = [
      await kernelDistance(train, fakes, plainProducts, { blockSize: 200 }),
      await kernelDistance(train, real, plainProducts, { blockSize: 200 }),
    ];
    expect(far.value - 3 * far.standardError).toBeGreaterThan(near.value);
  });
});

describe("real against real", () => {
  it("has the null values", async () => {
    const figures = await precisionRecall(train, real, plainProducts);
    expect(figures.coverage).toBeCloseTo(expectedCoverage(COUNT, COUNT, 5), 1);
    expect(expectedCoverage(10_000, 10_000, 5)).toBeCloseTo(1 - 2 ** -5, 3);
    expect(figures.density).toBeCloseTo(1, 1);
    const { value, standardError } = await kernelDistance(train, real, plainProducts, { blockSize: 200 });
    expect(Math.abs(value)).toBeLessThan(4 * standardError);
    // About the level of the test, and a binomial share of 100 bins around it.
    const bins = await differentBins(train, real, plainProducts, { bins: 50 });
    expect(bins.share).toBeLessThan(0.16);
    expect(Math.abs((await copyingTest(train, heldOut, real, plainProducts)).ct)).toBeLessThan(3);
    expect(await copyingRatio(train, heldOut, real, plainProducts)).toBeCloseTo(1, 1);
    const authentic = await authenticity(train, real, plainProducts);
    expect(authentic).toBeGreaterThan(0.45);
    expect(authentic).toBeLessThan(0.65);
  });

  it("has a Frechet distance that vanishes for infinitely many samples", async () => {
    const reference = moments(features(Float32Array.from([...train.data, ...heldOut.data]), DIMENSIONS, "test"));
    const plain = frechetDistance(moments(real), reference);
    const { value, slope } = await frechetAtInfinity(real, reference, plainProducts);
    expect(slope).toBeGreaterThan(0);
    expect(value).toBeLessThan(plain);
    expect(Math.abs(value)).toBeLessThan(0.5 * plain + 0.02);
  });
});

describe("dropped modes", () => {
  it("lower recall and coverage to the share of modes that are left, and leave precision", async () => {
    const { precision, recall, density, coverage } = await precisionRecall(train, dropped, plainProducts);
    expect(recall).toBeCloseTo(0.5, 1);
    expect(coverage).toBeCloseTo(0.5, 1);
    expect(precision).toBeGreaterThan(0.9);
    expect(density).toBeGreaterThan(0.9);
  });

  it("show as bins served too seldom", async () => {
    const { share, under } = await differentBins(train, dropped, plainProducts, { bins: 10 });
    expect(share).toBeGreaterThan(0.7);
    expect(under).toBeGreaterThanOrEqual(4);
  });

  it("give ln(K / k) of KL, all of it missing", () => {
    const { kl, missing, imbalance, hit } = klToUniform([5, 5, 5, 5, 5, 0, 0, 0, 0, 0]);
    expect(hit).toBe(5);
    expect(kl).toBeCloseTo(Math.LN2, 12);
    expect(missing).toBeCloseTo(Math.LN2, 12);
    expect(imbalance).toBeCloseTo(0, 12);
  });
});

describe("equal samples", () => {
  it("have no recall and next to no coverage, though they are a real sample", async () => {
    const { recall, coverage } = await precisionRecall(train, equal, plainProducts);
    expect(recall).toBe(0);
    expect(coverage).toBeLessThan(0.02);
  });

  it("show a support of a handful by the birthday test; fresh ones more than could be seen", async () => {
    const few = await birthdayTest(equal, 1e-3, plainProducts, { trials: 4 });
    expect(few.support).toBe(supportOf(2));
    const many = await birthdayTest(real, 1e-3, plainProducts, { trials: 4 });
    expect(many).toMatchObject({ batch: null, atLeast: true });
  });

  it("are all alike by structural similarity", () => {
    const image = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * 37) % 256);
    const other = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i * 101 + 50) % 256);
    expect(msSsim(image, image, [1, 32, 32])).toBeCloseTo(1, 9);
    expect(msSsim(image, other, [1, 32, 32])).toBeLessThan(0.5);
  });
});

describe("shrunken modes", () => {
  it("raise density and precision above those of the truth, and lower recall", async () => {
    const truth = await precisionRecall(train, real, plainProducts);
    const found = await precisionRecall(train, shrunken, plainProducts);
    expect(found.density).toBeGreaterThan(truth.density);
    expect(found.recall).toBeLessThan(0.6 * truth.recall);
  });
});

describe("noise", () => {
  it("has no precision, density or coverage; its wide balls keep recall high, as is known of it", async () => {
    const { precision, density, coverage } = await precisionRecall(train, noise, plainProducts);
    expect(precision).toBeLessThan(0.05);
    expect(density).toBeLessThan(0.05);
    expect(coverage).toBeLessThan(0.1);
  });
});

describe("copies of the training set", () => {
  it("pass for perfect by distances, and are caught by the tests of memorisation", async () => {
    expect(frechetDistance(moments(copies), moments(train))).toBeLessThan(1e-4);
    expect((await copyingTest(train, heldOut, copies, plainProducts)).ct).toBeLessThan(-3);
    expect(await copyingRatio(train, heldOut, copies, plainProducts)).toBeLessThan(0.01);
    expect(await authenticity(train, copies, plainProducts)).toBe(0);
  });
});

describe("known modes", () => {
  const { data, modes, labels } = ring({ count: 2500, seed: 3 });
  const report = (change: (x: number, i: number) => number) => modeReport(Float32Array.from(data, change), modes!);
  const truth = report((x) => x);

  it("finds the truth at its ceiling and floor", () => {
    expect(truth.captured).toBe(8);
    // Standard error 0.2 % at 2,500 samples.
    expect(Math.abs(truth.highQuality - truth.highQualityCeiling)).toBeLessThan(0.0065);
    expect(truth.reverseKl).toBeLessThan(3 * truth.reverseKlFloor);
    expect(truth.klWithRest).toBeLessThan(3 * truth.reverseKlFloor);
    expect(truth.spread).toBeCloseTo(1, 1);
  });

  it("counts dropped modes, with ln(8 / k) of reverse KL", () => {
    // Samples left of the middle are moved to the right: five modes are left of eight, two of them twice as likely.
    const { captured, reverseKl } = report((x, i) => (i % 2 === 0 ? Math.abs(x) : x));
    expect(captured).toBe(5);
    const mirrored = [0, 1, 2, 1, 0, 7, 6, 7];
    const counts = classCounts(
      Array.from(labels!, (label) => mirrored[label]!),
      8,
    );
    const expected = shares(counts).reduce((sum, x) => sum + (x > 0 ? x * Math.log(8 * x) : 0), 0);
    // What lies outside 3 standard deviations is not counted: a hundredth of the samples.
    expect(Math.abs(reverseKl - expected)).toBeLessThan(0.005);
  });

  it("sees collapse inside modes, where quality is above the ceiling", () => {
    const { centres } = modes!;
    const tight = Float32Array.from(data, (x, i) => {
      const at = i - (i % 2);
      const nearest = [...centres].sort(
        (a, b) =>
          Math.hypot(a[0]! - data[at]!, a[1]! - data[at + 1]!) - Math.hypot(b[0]! - data[at]!, b[1]! - data[at + 1]!),
      )[0]!;
      return nearest[i % 2]! + 0.1 * (x - nearest[i % 2]!);
    });
    const found = modeReport(tight, modes!);
    expect(found.highQuality).toBe(1);
    expect(found.spread).toBeCloseTo(0.1, 1);
  });

  it("does not call noise good for touching every mode", () => {
    const spread = report((x, i) => x + 0.3 * Math.sin(i * 12.9898));
    expect(spread.highQuality).toBeLessThan(0.2);
    expect(spread.klWithRest).toBeGreaterThan(1);
  });
});

describe("scores of a classifier", () => {
  const sure = (labels: readonly number[]): Probabilities => ({
    data: Float32Array.from(labels.flatMap((label) => [0, 1, 2, 3].map((k) => (k === label ? 1 : 0)))),
    classes: 4,
  });
  const all = sure([0, 1, 2, 3, 0, 1, 2, 3]);

  it("are the number of classes for sure and even samples, and fall to that of the modes left", () => {
    expect(classifierScore(all)).toBeCloseTo(4, 9);
    expect(classifierScore(sure([0, 1, 0, 1]))).toBeCloseTo(2, 9);
    expect(classifierScore(sure([2, 2, 2]))).toBeCloseTo(1, 9);
    expect(modeScore(all, all)).toBeCloseTo(4, 9);
    // exp(0 - ln 4): one class of four.
    expect(modeScore(sure([2, 2, 2]), all)).toBeCloseTo(1 / 4, 9);
  });
});
