/** @file Metrics against numpy and scipy, to 1e-4 relative. */

import { describe, expect, test } from "vitest";
import { classifierScore, modeScore, type Probabilities } from "../../src/metrics/classes.ts";
import { differentBins } from "../../src/metrics/different-bins.ts";
import { features } from "../../src/metrics/features.ts";
import { frechetAtInfinity, frechetDistance } from "../../src/metrics/frechet.ts";
import { jsDivergence, klDivergence } from "../../src/metrics/histogram.ts";
import { kernelDistance } from "../../src/metrics/kernel-distance.ts";
import { authenticity, copyingRatio, copyingTest, mannWhitney } from "../../src/metrics/memorisation.ts";
import { highQualityCeiling, modeReport } from "../../src/metrics/modes.ts";
import { moments } from "../../src/metrics/moments.ts";
import { msSsim } from "../../src/metrics/ms-ssim.ts";
import { precisionRecall } from "../../src/metrics/precision-recall.ts";
import { plainProducts } from "../../src/metrics/products.ts";
import { slicedWasserstein } from "../../src/metrics/sliced-wasserstein.ts";
import { expectClose, golden, type OperandSpec, operand } from "./golden.ts";

const TOLERANCE = 1e-4;
const cases = Object.fromEntries(golden<Record<string, unknown>>("metrics"));
const set = (spec: OperandSpec) => features(operand(spec), spec.shape[1]!, "test");

interface PairCase {
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly heldOut: OperandSpec;
  readonly frechet: number;
  readonly kernel: number;
  readonly precisionRecall: readonly number[];
  readonly authenticity: number;
  readonly copyingRatio: number;
  readonly copyingZ: number;
}

describe.each(["close", "far", "wide"])("two sets that are %s", (name) => {
  const expected = cases[name] as unknown as PairCase;
  const [real, fake, heldOut] = [set(expected.real), set(expected.fake), set(expected.heldOut)];

  test("Frechet distance", () => {
    expectClose([frechetDistance(moments(fake), moments(real))], [expected.frechet], TOLERANCE, "distance", 0);
  });

  test("kernel distance of one block", async () => {
    const { value, blocks } = await kernelDistance(real, fake, plainProducts, { blockSize: real.count });
    expect(blocks).toBe(1);
    expectClose([value], [expected.kernel], TOLERANCE, "distance", 0.02);
  });

  test("precision, recall, density and coverage", async () => {
    const { precision, recall, density, coverage } = await precisionRecall(real, fake, plainProducts);
    expectClose([precision, recall, density, coverage], expected.precisionRecall, 1e-9, "figure");
  });

  test("copying ratio, authenticity and C_T with one cell", async () => {
    expectClose([await authenticity(real, fake, plainProducts)], [expected.authenticity], 1e-9, "authenticity");
    expectClose([await copyingRatio(real, heldOut, fake, plainProducts)], [expected.copyingRatio], TOLERANCE, "ratio");
    const { ct } = await copyingTest(real, heldOut, fake, plainProducts, { cells: 1 });
    expectClose([ct], [expected.copyingZ], TOLERANCE, "z");
  });
});

test("sliced Wasserstein distance on a line is the Wasserstein distance", () => {
  const { a, b, wasserstein } = cases.line as unknown as { a: OperandSpec; b: OperandSpec; wasserstein: number };
  expectClose([slicedWasserstein(set(a), set(b), { directions: 3 })], [wasserstein], TOLERANCE, "distance", 0);
});

test.each([28, 64, 176])("multi-scale similarity at %d pixels", (size) => {
  const { a, noise, value } = cases[`ssim ${size}`] as unknown as { a: OperandSpec; noise: OperandSpec; value: number };
  const image = Uint8Array.from(operand(a), Math.floor);
  const added = operand(noise);
  const other = Uint8Array.from(image, (x, i) => Math.max(0, Math.min(255, Math.floor(0.8 * x + added[i]! + 20))));
  expectClose([msSsim(image, other, [1, size, size])], [value], TOLERANCE, "similarity", 0);
});

test("divergences and the ceiling of the share of high quality", () => {
  const { p, q, kl, js, chi9 } = cases.histogram as unknown as Record<"p" | "q" | "chi9", number[]> &
    Record<"kl" | "js", number>;
  expectClose([klDivergence(p, q)], [kl], 1e-8, "KL");
  expectClose([jsDivergence(p, q)], [js], 1e-8, "JS");
  expectClose(
    chi9.map((_, i) => highQualityCeiling(i + 1)),
    chi9,
    1e-8,
    "P(chi squared < 9)",
  );
});

test("Frechet distance for infinitely many samples, by numpy's line through the same subsets", async () => {
  const { frechetInfinity } = cases.subsets as unknown as { frechetInfinity: number[] };
  const { real, fake } = cases.far as unknown as PairCase;
  const truth = moments(set(real));
  const { value, slope } = await frechetAtInfinity(set(fake), truth, plainProducts, { points: 6 });
  expectClose([value], [frechetInfinity[0]!], TOLERANCE, "value", 0);
  expectClose([slope], [frechetInfinity[1]!], TOLERANCE, "slope", 0);
});

test("sliced Wasserstein distance along the same directions", () => {
  const { sliced } = cases.subsets as unknown as { sliced: number[] };
  const { real, fake, heldOut } = cases.far as unknown as PairCase;
  const found = [fake, heldOut].map((other) => slicedWasserstein(set(real), set(other), { directions: 32 }));
  expectClose([found[0]!], [sliced[0]!], TOLERANCE, "distance", 0);
  expectClose([found[1]!], [sliced[1]!], TOLERANCE, "distance", 0);
});

describe("five clusters", () => {
  const expected = cases.cells as unknown as Record<"train" | "heldOut" | "fake", OperandSpec[]> & {
    readonly cells: number;
    readonly ct: number;
    readonly differentBins: readonly number[];
    readonly centres: readonly (readonly number[])[];
    readonly std: number;
    readonly modes: readonly number[];
  };
  /** Pairs of columns, cluster after cluster, as points of the plane. */
  const joined = (specs: readonly OperandSpec[]) => {
    const columns = specs.map(operand);
    const points = columns.flatMap((xs, k) => (k % 2 === 0 ? Array.from(xs, (x, i) => [x, columns[k + 1]![i]!]) : []));
    return features(Float32Array.from(points.flat()), 2, "test");
  };
  const [train, heldOut, fake] = [joined(expected.train), joined(expected.heldOut), joined(expected.fake)];

  test("C_T over cells, one of them with too few fakes", async () => {
    const { ct, cells, of } = await copyingTest(train, heldOut, fake, plainProducts, { cells: expected.cells });
    expect([cells, of]).toEqual([expected.cells - 1, expected.cells]);
    expectClose([ct], [expected.ct], TOLERANCE, "C_T", 0);
  });

  test("bins that differ, by scipy's chi-squared test of two proportions", async () => {
    const { share, js } = await differentBins(train, fake, plainProducts, { bins: expected.cells });
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    expectClose([share], [expected.differentBins[0]!], 1e-9, "share", 0);
    expectClose([js], [expected.differentBins[1]!], TOLERANCE, "divergence", 0);
  });

  test("modes captured, high quality, KL and KL with a rest bin", () => {
    const { captured, highQuality, reverseKl, klWithRest } = modeReport(fake.data, expected);
    [captured, highQuality, reverseKl, klWithRest].forEach((value, i) => {
      expectClose([value], [expected.modes[i]!], TOLERANCE, "figure", 0);
    });
  });
});

test("classifier score and MODE score", () => {
  const { p, q, values } = cases.scores as unknown as { p: OperandSpec; q: OperandSpec; values: readonly number[] };
  const softmax = (spec: OperandSpec): Probabilities => {
    const classes = spec.shape[1]!;
    const weights = Float64Array.from(operand(spec), Math.exp);
    const data = Float32Array.from(weights, (x, i) => {
      const start = i - (i % classes);
      return x / weights.subarray(start, start + classes).reduce((sum, w) => sum + w, 0);
    });
    return { data, classes };
  };
  expectClose([classifierScore(softmax(p)), modeScore(softmax(p), softmax(q))], values, TOLERANCE, "score");
});

test("Mann-Whitney with ties, by scipy's U", () => {
  const { x, y, z } = cases.ranks as unknown as { x: readonly number[]; y: readonly number[]; z: number };
  expectClose([mannWhitney(x, y)], [z], 1e-8, "z", 0);
});
