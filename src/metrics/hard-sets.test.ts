/** Sets that are hard to measure: far out, in far clusters, of few different rows. What is said of them must still be true. */
import { describe, expect, it } from "vitest";
import { fillNormal, fillUniform, streamKey } from "../util/rng.ts";
import { birthdayTest } from "./birthday.ts";
import { differentBins } from "./different-bins.ts";
import { nearest, squaredDistance } from "./distances.ts";
import { type Features, features, pick, row } from "./features.ts";
import { frechetAtInfinity, frechetDistance } from "./frechet.ts";
import { kernelDistance } from "./kernel-distance.ts";
import { copyingRatio } from "./memorisation.ts";
import { metrics } from "./metrics.ts";
import { moments } from "./moments.ts";
import { precisionRecall } from "./precision-recall.ts";
import { plainProducts } from "./products.ts";

/** Normal rows, `scale` wide, around `centres` in turn. */
function normal(
  stream: number,
  count: number,
  dimensions: number,
  scale = 1,
  centres: readonly number[] = [0],
): Features {
  const data = new Float32Array(count * dimensions);
  fillNormal(streamKey(stream, "hard"), 0, data);
  for (let i = 0; i < data.length; i++) {
    const first = i % dimensions === 0;
    data[i] = data[i]! * scale + (first ? centres[(i / dimensions) % centres.length]! : 0);
  }
  return features(data, dimensions, "test");
}

/** `count` rows, drawn with replacement. */
function drawn(from: Features, count: number, stream: number): Features {
  const uniform = new Float32Array(count);
  fillUniform(streamKey(stream, "drawn"), 0, uniform);
  return pick(
    from,
    Array.from(uniform, (u) => Math.floor(u * from.count)),
  );
}

describe("neighbours", () => {
  it.each([
    ["in the plane", 2],
    ["in many dimensions", 16],
  ])("of narrow clusters that are far apart are exact, %s", async (_, dimensions) => {
    const set = normal(0, 240, dimensions, 0.001, [-1000, 1000]);
    const base = normal(1, 300, dimensions, 0.001, [-1000, 1000]);
    const found = await nearest(set, base, 3, plainProducts);
    for (let i = 0; i < set.count; i++) {
      const all = Array.from({ length: base.count }, (_, j) => ({ j, d: squaredDistance(row(set, i), row(base, j)) }));
      const three = all.sort((a, b) => a.d - b.d || a.j - b.j).slice(0, 3);
      expect(Array.from(found.indices.subarray(3 * i, 3 * i + 3))).toEqual(three.map(({ j }) => j));
      expect(Array.from(found.squared.subarray(3 * i, 3 * i + 3))).toEqual(three.map(({ d }) => d));
    }
  });

  it("make a density of 1 of such clusters, too, and of copies", async () => {
    const [reals, fakes] = [normal(0, 600, 9, 0.001, [-1000, 1000]), normal(1, 600, 9, 0.001, [-1000, 1000])];
    const { density, coverage } = await precisionRecall(reals, fakes, plainProducts);
    expect(Math.abs(density - 1)).toBeLessThan(0.15);
    expect(Math.abs(coverage - 0.97)).toBeLessThan(0.03);
    expect((await precisionRecall(reals, reals, plainProducts)).density).toBe(1);
  });
});

describe("bins", () => {
  it("say the same wherever the whole lies", async () => {
    const [reals, fakes] = [normal(0, 800, 2, 1 / 64, [0, 1, 2, 3]), normal(1, 800, 2, 1 / 64, [0, 1])];
    const at = (set: Features, offset: number) =>
      features(
        set.data.map((x) => Math.round(x * 64) / 64 + offset),
        2,
        "test",
      );
    for (const offset of [0, 65_536]) {
      const found = await differentBins(at(reals, offset), at(fakes, offset), plainProducts, { bins: 4 });
      expect(found).toMatchObject({ share: 1, under: 2, over: 2 });
    }
  });

  it("are no more than there are different reals, so that half of these are missed as such", async () => {
    const two = features(
      Float32Array.from({ length: 400 }, (_, i) => (Math.floor(i / 2) % 2 === 0 ? 0 : 1)),
      2,
      "test",
    );
    const one = features(new Float32Array(400), 2, "test");
    expect(await differentBins(two, one, plainProducts)).toMatchObject({ bins: 2, share: 1, under: 1, over: 1 });
    expect(await differentBins(two, two, plainProducts)).toMatchObject({ bins: 2, share: 0 });
  });
});

describe("the support", () => {
  it.each([1, 5, 40, 300, 1500])("of %d different samples is about that", async (support) => {
    const fakes = drawn(normal(0, support, 3), 4000, support);
    const found = await birthdayTest(fakes, 1e-6, plainProducts);
    expect(found.atLeast).toBe(false);
    // A batch holds a duplicate half of the time by 20 trials: the batch is right to about a fifth, its square to two fifths.
    expect(found.support).toBeGreaterThan(0.55 * support);
    expect(found.support).toBeLessThan(1.8 * support + 3);
  });

  it("is not said by reals of which half have a duplicate", async () => {
    const metric = metrics.birthday!.create(metrics.birthday!.options.parse({}));
    const reals = normal(0, 100, 3);
    const twice = pick(
      reals,
      Array.from({ length: 200 }, (_, i) => i >> 1),
    );
    const inputs = { samples: { features: reals }, products: plainProducts, seed: 0 };
    await expect(metric.compute({ ...inputs, reference: { features: twice } })).rejects.toThrow(/duplicate/);
    expect(metric.obstacle?.({ samples: 100, reference: 1, dimensions: 3 })).toMatch(/neighbour/);
  });
});

describe("the kernel distance", () => {
  it("has ten blocks where nobody says how large they are, and an error that it keeps", async () => {
    const scores: number[] = [];
    for (let i = 0; i < 60; i++) {
      const found = await kernelDistance(normal(2 * i, 500, 4), normal(2 * i + 1, 500, 4), plainProducts);
      expect(found).toMatchObject({ blocks: 10, blockSize: 50 });
      scores.push(found.value / found.standardError);
    }
    // Of a t distribution with 9 degrees of freedom the root of the mean square is 1.13; its own error over 60 draws is a tenth.
    const size = Math.sqrt(scores.reduce((sum, x) => sum + x * x, 0) / scores.length);
    expect(size).toBeGreaterThan(0.7);
    expect(size).toBeLessThan(1.6);
  });

  it("leaves out fewer samples than there are blocks, and gives no error of too few", async () => {
    const [a, b] = [normal(0, 199, 2), normal(1, 199, 2)];
    const found = await kernelDistance(a, b, plainProducts, { blockSize: 100 });
    expect(found).toMatchObject({ blocks: 2, blockSize: 99, standardError: Number.NaN });
    expect(await kernelDistance(a, b, plainProducts, { blockSize: 199 })).toMatchObject({ blocks: 1, blockSize: 199 });
    expect(await kernelDistance(pick(a, [0, 1, 2]), b, plainProducts)).toMatchObject({ blocks: 1, blockSize: 3 });
  });
});

it("the Frechet distance of few equals is far from 0, that for infinitely many is not, on both sides", async () => {
  let [plain, infinite] = [0, 0];
  const draws = 8;
  for (let i = 0; i < draws; i++) {
    const [fakes, reals] = [normal(2 * i, 400, 16), normal(2 * i + 1, 400, 16)];
    plain += frechetDistance(moments(fakes), moments(reals)) / draws;
    infinite += (await frechetAtInfinity(fakes, reals, plainProducts)).value / draws;
  }
  expect(plain).toBeGreaterThan(0.3);
  expect(Math.abs(infinite)).toBeLessThan(0.08);
});

it("one row has no covariance, whatever the shrinkage", async () => {
  expect(() => moments(normal(0, 1, 3), { shrinkage: 0.5 })).toThrow(/1 sample cannot determine/);
  for (const name of ["fid", "fid-infinity"]) {
    const metric = metrics[name]!.create(metrics[name]!.options.parse({ shrinkage: 0.5 }));
    expect(metric.obstacle?.({ samples: 100, reference: 1, dimensions: 3 })).toMatch(/1 reals/);
  }
});

it("held-out reals that were learned from tell no copies", async () => {
  const [train, fakes] = [normal(0, 100, 3), normal(1, 100, 3)];
  await expect(copyingRatio(train, train, fakes, plainProducts)).rejects.toThrow(/in the training set/);
});
