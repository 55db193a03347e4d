import { expect, it } from "vitest";
import { fillNormal, streamKey } from "../util/rng.ts";
import { squaredDistance } from "./distances.ts";
import { type Features, features, pick, row } from "./features.ts";
import { authenticity, copyingRatio, copyingReport, copyingTest } from "./memorisation.ts";
import { plainProducts } from "./products.ts";

function normal(stream: string, count: number): Features {
  const data = new Float32Array(count * 4);
  fillNormal(streamKey(0, stream), 0, data);
  return features(data, 4, "test");
}

/** Distances of row `i` of `set` to every row of `base` but `skip`, the nearest first. */
const sorted = (set: Features, i: number, base: Features, skip = -1) =>
  Array.from({ length: base.count }, (_, index) => ({ index, squared: squaredDistance(row(set, i), row(base, index)) }))
    .filter(({ index }) => index !== skip)
    .sort((a, b) => a.squared - b.squared);

const train = (() => {
  const fresh = normal("train", 300);
  // Two rows are equal: the nearest other of each is at 0.
  return pick(fresh, [...Array.from({ length: 300 }, (_, i) => i), 17]);
})();
const [heldOut, fakes] = [
  normal("held out", 200),
  pick(
    normal("fakes", 250),
    Array.from({ length: 250 }, (_, i) => i),
  ),
];
fakes.data.set(row(train, 17), 0);

it("authenticity is what all pairs say, though only matched rows are looked at", async () => {
  const expected = Array.from({ length: fakes.count }, (_, i) => {
    const nearest = sorted(fakes, i, train)[0]!;
    return nearest.squared >= sorted(train, nearest.index, train, nearest.index)[0]!.squared;
  }).filter(Boolean).length;
  expect(expected).toBeGreaterThan(50);
  expect(expected).toBeLessThan(250);
  expect(await authenticity(train, fakes, plainProducts)).toBeCloseTo(expected / fakes.count, 12);
});

it("a report is the three tests, one by one", async () => {
  const sets = [train, heldOut, fakes] as const;
  const report = await copyingReport(...sets, plainProducts, { cells: 3 });
  expect(report).toEqual({
    test: await copyingTest(...sets, plainProducts, { cells: 3 }),
    ratio: await copyingRatio(...sets, plainProducts),
    authenticity: await authenticity(train, fakes, plainProducts),
  });
});
