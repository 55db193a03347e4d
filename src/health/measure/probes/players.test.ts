/** @file What is measured of the players themselves: their scores, features, weights and gradients. */

import { describe, expect, it } from "vitest";
import { lookOf, normals, points, ring, rowsOf } from "../../../../tests/support/looks.ts";
import type { Look, Rows } from "../../look.ts";
import { measureBaseline } from "../measure-baseline.ts";
import { measureLook } from "../probes.ts";

const baseline = measureBaseline(points(ring(1000, 1)), { samples: 256, logits: 400, seed: 0 });
const [real, good, heldOut] = [ring(256, 2), ring(256, 3), ring(256, 4)];

const measure = (fake: Rows, more: Partial<Look> = {}) =>
  measureLook("full", lookOf({ samples: { real, fake, heldOut }, ...more }), baseline);
const valuesOf = (fake: Rows, more: Partial<Look> = {}) => measure(fake, more).values as Record<string, number>;
const scaled = (rows: Rows, factor: number) => ({ ...rows, values: rows.values.map((x) => factor * x) });

describe("scores", () => {
  const logits = (stream: string, shift: number, count = 400) => normals(stream, count).map((x) => x + shift);
  const scores = (of: Look["logits"]) => valuesOf(good, { logits: of });

  it("of normal distributions a distance apart have the area under the curve that theory says, wherever they are", () => {
    // P(X + 1 > Y) = Φ(1/√2) = 0.760.
    const values = scores({ real: logits("r", 1, 4000), fake: logits("f", 0, 4000) });
    expect(values["auc/fake"]).toBeCloseTo(0.76, 1);
    const moved = scores({
      real: logits("r", 1, 4000).map((x) => 3 * x + 50),
      fake: logits("f", 0, 4000).map((x) => 3 * x + 50),
    });
    expect(moved["auc/fake"]).toBeCloseTo(values["auc/fake"]!, 4);
    expect(values).not.toHaveProperty("auc/held-out");
    expect(values["score/real"]).toBeCloseTo(1, 1);
    // E sign(X + 1) = 2 Φ(1) − 1 = 0.683, and 0 around 0.
    expect(values["sign/real"]).toBeCloseTo(0.683, 1);
    expect(values["sign/fake"]).toBeCloseTo(0, 1);
  });

  it("that are equal or turned around say so", () => {
    const same = scores({ real: new Float32Array(8).fill(2), fake: new Float32Array(4).fill(2) });
    expect(same).toMatchObject({ "auc/fake": 0.5, "sign/real": 1, "score/fake": 2 });
    const [real, fake] = [logits("r", 30), logits("f", -30)];
    expect(scores({ real, fake })).toMatchObject({ "auc/fake": 1, "sign/real": 1, "sign/fake": -1 });
    expect(scores({ real: fake, fake: real })).toMatchObject({ "auc/fake": 0, "sign/real": -1, "sign/fake": 1 });
  });

  it("of reals learned by heart show a gap to held-out reals", () => {
    const values = scores({ real: logits("r", 3), fake: logits("f", -1), heldOut: logits("h", 0) });
    expect(values["overfit/gap"]).toBeCloseTo(0.75, 1);
    expect(values["auc/held-out"]).toBeGreaterThan(0.95);
    const fair = scores({ real: logits("r", 3), fake: logits("f", -1), heldOut: logits("h", 3) });
    expect(fair["overfit/gap"]).toBeCloseTo(0, 1);
    const { low, high } = baseline.nulls["auc/held-out"]!;
    expect(fair["auc/held-out"]).toBeGreaterThan(low);
    expect(fair["auc/held-out"]).toBeLessThan(high);
  });

  it("cost what their cross-entropies are", () => {
    const constant = (value: number) => new Float32Array(50).fill(value);
    const [guess, sure] = [
      scores({ real: constant(0), fake: constant(0) }),
      scores({ real: constant(90), fake: constant(-90) }),
    ];
    expect(guess["cross-entropy/labels"]).toBeCloseTo(2 * Math.LN2, 12);
    expect(guess["cross-entropy/pairs"]).toBeCloseTo(Math.LN2, 12);
    expect(sure["cross-entropy/labels"]).toBeCloseTo(0, 12);
    const [a, b] = [0.7, -0.4];
    const cost = (x: number) => -Math.log(1 / (1 + Math.exp(-x)));
    const values = scores({ real: constant(a), fake: constant(b), heldOut: constant(b) });
    expect(values["cross-entropy/labels"]).toBeCloseTo(cost(a) + cost(-b), 6);
    expect(values["cross-entropy/real"]).toBeCloseTo(cost(a), 6);
    expect(values["cross-entropy/fake"]).toBeCloseTo(cost(-b), 6);
    expect(values["cross-entropy/held-out"]).toBeCloseTo(cost(b), 6);
    expect(values["cross-entropy/pairs"]).toBeCloseTo(cost(a - b), 6);
    // Large logits neither overflow nor vanish.
    expect(scores({ real: constant(-1e4), fake: constant(1e4) })["cross-entropy/labels"]).toBe(2e4);
  });

  it("that are not finite are reported", () => {
    const values = scores({ real: logits("r", 1), fake: Float32Array.from([0, Number.NaN]) });
    expect(values["auc/fake"]).toBeNaN();
    expect(values["score/fake"]).toBeNaN();
    expect(values["score/real"]).toBeCloseTo(1, 0);
  });
});

describe("players", () => {
  it("features of fakes that are half as far apart, in fewer directions, say so; there may be fewer rows than samples", () => {
    const features = (stream: string, of = 6) => {
      const values = normals(stream, 64 * 6).map((x, i) => (i % 6 < of ? x : 0));
      return rowsOf(6, values);
    };
    const values = valuesOf(good, {
      features: { real: features("fr"), fake: scaled(features("ff"), 0.5), heldOut: features("fh") },
    });
    expect(values["diversity/features"]).toBeCloseTo(0.5, 1);
    expect(values["diversity/features/held-out"]).toBeCloseTo(1, 1);
    expect(values["rank/features"]).toBeCloseTo(1, 0);
    const flat = valuesOf(good, { features: { real: features("fr"), fake: features("ff", 3) } });
    expect(flat["rank/features"]).toBeCloseTo(0.5, 1);
    expect(flat).not.toHaveProperty("diversity/features/held-out");
  });

  it("a generator that ignores half of its latent moves less by √½, one that ignores all of it not at all", () => {
    const [latents, nudge, rows] = [32, 0.01, 256];
    const draw = (used: number) => {
      const weights = normals("generator", 2 * latents);
      const of = (z: Float32Array) =>
        rowsOf(
          2,
          Float32Array.from({ length: 2 * rows }, (_, i) => {
            let sum = 0;
            for (let k = 0; k < used; k++) sum += weights[(i % 2) * latents + k]! * z[(i >> 1) * latents + k]!;
            return sum;
          }),
        );
      const z = normals("z", rows * latents);
      const moved = normals("delta", rows * latents).map((x, i) => z[i]! + nudge * x);
      return valuesOf(of(z), { nudged: { samples: of(moved), by: nudge } })["sensitivity/generator"]!;
    };
    expect(draw(16) / draw(32)).toBeGreaterThan(0.55);
    expect(draw(16) / draw(32)).toBeLessThan(0.9);
    expect(draw(32) * baseline.distance.pair).toBeGreaterThan(Math.sqrt(2 * latents) * 0.6);
    expect(draw(32) * baseline.distance.pair).toBeLessThan(Math.sqrt(2 * latents) * 1.4);
    expect(draw(0)).toBe(0);
  });

  const weights = {
    generator: [
      { name: "project/weight", shape: [2, 2], data: Float32Array.from([3, 0, 0, 1]) },
      { name: "project/bias", shape: [2], data: Float32Array.from([900, 900]) },
      // [2, 3·2·1] as it is stored: rows (1, 0, …) and (0, 5, 0, …).
      { name: "up/weight", shape: [2, 3, 2, 1], data: Float32Array.from([1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]) },
      { name: "norm/gain", shape: [2, 2], data: new Float32Array(4).fill(100) },
    ],
    discriminator: [{ name: "weight", shape: [1, 2], data: Float32Array.from([3, 4]) }],
  };

  it("layers stretch by their largest singular value, the player by the largest of its layers", () => {
    const values = valuesOf(good, { weights });
    expect(values["spectral/generator"]).toBeCloseTo(5, 6);
    expect(values["spectral/discriminator"]).toBeCloseTo(5, 6);
    expect(values["spectral/generator/project"]).toBeCloseTo(3, 6);
    expect(values["spectral/generator/up"]).toBeCloseTo(5, 6);
    expect(Object.keys(values).filter((name) => /bias|gain/.test(name))).toEqual([]);
  });

  it("sketches are linear, and keep lengths and angles of moves", () => {
    const sketchOf = (data: Float32Array) =>
      measure(good, {
        weights: {
          generator: [
            { name: "a", shape: [1000], data: data.slice(0, 1000) },
            { name: "b", shape: [data.length - 1000], data: data.slice(1000) },
          ],
          discriminator: [],
        },
      }).vectors["sketch/generator"]!;
    const [a, b] = [normals("a", 20000), normals("b", 20000)];
    const [sa, sb] = [sketchOf(a), sketchOf(b)];
    expect(sa).toHaveLength(64);
    const both = sketchOf(a.map((x, i) => x + 2 * b[i]!));
    both.forEach((value, i) => {
      expect(Math.abs(value - sa[i]! - 2 * sb[i]!)).toBeLessThan(0.01);
    });
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((s, v, i) => s + v * y[i]!, 0);
    // The squared length is right within √(2/64) = 18 %, give or take three times that; b is at a right angle to a.
    expect(dot(sa, sa) / 20000).toBeGreaterThan(0.45);
    expect(dot(sa, sa) / 20000).toBeLessThan(1.55);
    expect(Math.abs(dot(sa, sb)) / 20000).toBeLessThan(3 / 8);
    expect(sketchOf(a)).toEqual(sa);
  });

  it("gradients of layers, gradients of inputs and the generator's signal are passed on", () => {
    const values = valuesOf(good, {
      layerGradients: { "generator/up/weight": 0.25 },
      inputGradients: { real: Float32Array.from([1, 2]), fake: Float32Array.from([3, 5]) },
      generatorSignal: 0.125,
    });
    expect(values).toMatchObject({
      "gradient/generator/up/weight": 0.25,
      "input-gradient/real": 1.5,
      "input-gradient/fake": 4,
      "signal/generator": 0.125,
    });
  });

  it("weights that are not finite are reported", () => {
    const data = Float32Array.from([1, Number.NaN, 2, 3]);
    const broken = { generator: [{ name: "x/weight", shape: [2, 2], data }], discriminator: [] };
    const { values, vectors } = measure(good, { weights: broken });
    expect(values["spectral/generator"]).toBeNaN();
    expect(vectors["sketch/generator"]!.some(Number.isNaN)).toBe(true);
  });
});

describe("in the discriminator's features", () => {
  const features = { real: ring(256, 11), fake: ring(256, 12), heldOut: ring(256, 13) };
  const valuesIn = (fake: Rows) => valuesOf(good, { features: { ...features, fake } });

  it("fakes as good as reals are as held-out reals are", () => {
    const values = valuesIn(features.fake);
    for (const signal of ["duplicates/features", "bins/features/missing", "bins/features/different"]) {
      expect(Math.abs(values[signal]! - values[`${signal}/held-out`]!)).toBeLessThan(0.1);
      expect(values[signal]).toBeLessThan(0.16);
    }
  });

  it("fakes that are all one there are twins, and leave out what they are not", () => {
    const one = rowsOf(
      2,
      Float32Array.from({ length: 512 }, (_, i) => features.fake.values[i % 2]!),
    );
    const values = valuesIn(one);
    expect(values["duplicates/features"]).toBe(1);
    expect(values["bins/features/missing"]).toBeGreaterThan(0.85);
    // Samples themselves are as good as reals.
    expect(values["duplicates/samples"]).toBeLessThan(0.05);
    expect(values["bins/missing"]).toBeLessThan(0.1);
  });

  it.each([2, 4, 6])("fakes of %d of 8 modes leave out the rest", (modes) => {
    const values = valuesIn(ring(256, 14, { modes }));
    expect(Math.abs(values["bins/features/missing"]! - (1 - modes / 8))).toBeLessThan(0.08);
    expect(values["bins/features/missing/held-out"]).toBeLessThan(0.05);
  });

  it("too few reals say nothing of bins, and what is not finite is NaN", () => {
    const few = { real: ring(20, 11), fake: ring(20, 12) };
    expect(valuesOf(good, { features: few })).not.toHaveProperty("bins/features/missing");
    const broken = { ...features.fake, values: features.fake.values.map((x, i) => (i === 9 ? Number.NaN : x)) };
    expect(valuesIn(broken)).toMatchObject({ "bins/features/missing": Number.NaN, "duplicates/features": Number.NaN });
    expect(valuesIn(broken)["bins/features/missing/held-out"]).toBeLessThan(0.05);
  });
});
