/** @file What a divergence is for perfect samples, by adding up everything that could be drawn; and known modes at their edges. */

import { describe, expect, it } from "vitest";
import { evenly, klDivergence, klFloor, shares } from "./histogram.ts";
import { highQualityCeiling, modeReport } from "./modes.ts";

/** All histograms of `samples` draws among `bins`. */
function* histograms(samples: number, bins: number): Generator<readonly number[]> {
  if (bins === 1) yield [samples];
  else for (let n = 0; n <= samples; n++) for (const rest of histograms(samples - n, bins - 1)) yield [n, ...rest];
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

describe("the floor of a KL divergence", () => {
  it.each([
    [[0.5, 0.3, 0.2], 1],
    [[0.5, 0.3, 0.2], 7],
    [[0.9, 0.05, 0.05], 4],
    [[0.25, 0.25, 0.25, 0.25], 9],
  ])("of %j and %i draws is the mean over all histograms", (truth, samples) => {
    let mean = 0;
    for (const counts of histograms(samples, truth.length)) {
      const ways = counts.reduce((product, n) => product / factorial(n), factorial(samples));
      const chance = counts.reduce((product, n, k) => product * truth[k]! ** n, ways);
      mean += chance * klDivergence(shares(counts), truth);
    }
    expect(klFloor(truth, samples)).toBeCloseTo(mean, 12);
  });

  it("is (K - 1) / 2N, as papers have it, where every bin gets many", () => {
    expect(klFloor(evenly(8), 2500)).toBeCloseTo(7 / 5000, 5);
    expect(klFloor(evenly(1000), 25_600)).toBeGreaterThan(999 / 51_200);
    expect(klFloor(evenly(1000), 25_600)).toBeLessThan(1.01 * (999 / 51_200));
    // All of it in one bin: the divergence is certain.
    expect(klFloor([1], 100)).toBe(0);
    expect(klFloor(evenly(1000), 1)).toBeCloseTo(Math.log(1000), 12);
  });
});

describe("known modes", () => {
  const centres = Array.from({ length: 8 }, (_, k) => [
    2 * Math.cos((k * Math.PI) / 4),
    2 * Math.sin((k * Math.PI) / 4),
  ]);
  const modes = { centres, std: 0.02 };

  it("have no spread where all samples of a mode are one, whatever rounding makes of that", () => {
    for (const shift of [0, 0.01, 0.013, 0.0171, 0.037]) {
      const samples = Float32Array.from({ length: 2000 }, (_, i) => centres[(i >> 1) % 8]![i % 2]! + shift);
      const { spread, captured, highQuality } = modeReport(samples, modes);
      expect([captured, highQuality]).toEqual([8, 1]);
      expect(spread).toBeGreaterThanOrEqual(0);
      expect(spread).toBeLessThan(1e-4);
    }
  });

  it("cannot all be captured by few samples, and that is what is ideal then", () => {
    const one = modeReport(Float32Array.of(2, 0), modes);
    expect(one.captured).toBe(1);
    expect(one.capturedCeiling).toBeCloseTo(highQualityCeiling(2), 12);
    expect(modeReport(new Float32Array(5000), modes).capturedCeiling).toBeCloseTo(8, 12);
  });
});
