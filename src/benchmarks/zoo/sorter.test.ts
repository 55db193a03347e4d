import { describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import type { Dataset } from "../../data/dataset.ts";
import { shapes } from "../../data/shapes.ts";
import { grid, ring, spiral } from "../../data/synthetic.ts";
import { plainProducts } from "../../metrics/products.ts";
import type { Samples } from "../../run/evaluation/extractor.ts";
import { pickSamples } from "../../run/evaluation/subsets.ts";
import { countModes, shareHeld } from "./observation.ts";
import { openSorter } from "./sorter.ts";

/** Only classifiers need a backend. */
const runtime = { products: plainProducts, backend: undefined as unknown as Backend };

/** Opens a sorter and gives what it finds of samples: good ones, modes held by good ones, and modes reached at all. */
async function judge(source: string, reals: Dataset, samples: Dataset) {
  const sorter = await openSorter(source, reals, samples, runtime);
  const { sorted } = await sorter.sort(samples as Samples);
  const truth = new Array<number>(sorted.modes).fill(1 / sorted.modes);
  return {
    quality: countModes(sorted, true).reduce((sum, n) => sum + n, 0) / samples.count,
    held: shareHeld(countModes(sorted, true), truth, samples.count),
    reached: shareHeld(countModes(sorted, false), truth, samples.count),
  };
}

/** The samples whose label `keeps`. */
function only<D extends Dataset>(data: D, keeps: (label: number) => boolean): D {
  const indices = [...data.labels!.keys()].filter((i) => keeps(data.labels![i]!));
  return { ...data, ...pickSamples(data as Samples, indices) } as D;
}

describe("the oracle's sorting of samples", () => {
  it("finds unseen reals good and in every mode, whatever the data", async () => {
    const sets = [
      ["ring", ring({ count: 1000 }), ring({ count: 1000, seed: 1 })],
      ["spiral", spiral({ count: 1000 }), spiral({ count: 1000, seed: 1 })],
      ["shapes", shapes({ count: 500 }), shapes({ count: 500, seed: 1 })],
    ] as const;
    for (const [source, reals, unseen] of sets) {
      const found = await judge(source, reals, unseen);
      expect(found.quality, source).toBeGreaterThan(0.97);
      expect([found.held, found.reached], source).toEqual([1, 1]);
    }
  });

  it("counts the modes that are left when some are dropped, to the mode", async () => {
    const nine = await judge(
      "grid",
      grid({ count: 1000 }),
      only(grid({ count: 4000, seed: 2 }), (label) => label < 9),
    );
    expect(nine).toMatchObject({ held: 9 / 25, reached: 9 / 25 });
    const four = await judge(
      "shapes",
      shapes({ count: 500 }),
      only(shapes({ count: 1000, seed: 2 }), (label) => label % 4 === 0),
    );
    expect(four).toMatchObject({ held: 4 / 16, reached: 4 / 16 });
  });

  it("tells points between the modes from good ones, though they reach every mode", async () => {
    const spread = ring({ count: 1000, seed: 3 });
    // On the circle, but anywhere on it.
    const data = spread.data.map((_, i) => (i % 2 === 0 ? Math.cos : Math.sin)(2 * Math.PI * ((i >> 1) / 1000)));
    const found = await judge("ring", ring({ count: 1000 }), { ...spread, data });
    expect(found.reached).toBe(1);
    expect(found.quality).toBeGreaterThan(0.02);
    expect(found.quality).toBeLessThan(0.15);
    const off = await judge("spiral", spiral({ count: 1000 }), { ...spread, data: data.map((x) => x / 10) });
    expect(off).toMatchObject({ quality: 0, held: 0 });
  });
});
