/** @file Metrics against numpy and scipy, to 1e-4 relative. */

import { describe, expect, test } from "vitest";
import { features } from "../../src/metrics/features.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { jsDivergence, klDivergence } from "../../src/metrics/histogram.ts";
import { kernelDistance } from "../../src/metrics/kernel-distance.ts";
import { authenticity, copyingRatio, copyingTest } from "../../src/metrics/memorisation.ts";
import { highQualityCeiling } from "../../src/metrics/modes.ts";
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
    const { value, blocks } = await kernelDistance(real, fake, plainProducts);
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
