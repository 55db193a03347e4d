/** @file Planted failures, in amounts that theory puts a number on. */

import { describe, expect, it } from "vitest";
import { lookOf, NONE, normals, part, points, ring, rowsOf, spots } from "../../../tests/support/looks.ts";
import type { Look, Rows } from "../look.ts";
import { PAIRED_ROWS } from "../numerics/distances.ts";
import { describeSignal } from "../signals.ts";
import { measureBaseline } from "./measure-baseline.ts";
import { measureLook, PROBES } from "./probes.ts";
import { rowsOf as rowsOfReals } from "./reals.ts";

const SAMPLES = 512;
const reals = ring(3000, 1);
const baseline = measureBaseline(points(reals), { samples: SAMPLES, seed: 0 }, points(ring(1000, 6)));
const [real, good, heldOut] = [ring(SAMPLES, 2), ring(SAMPLES, 3), ring(SAMPLES, 4)];

const measure = (fake: Rows, more: Partial<Look> = {}) =>
  measureLook("full", lookOf({ samples: { real, fake, heldOut }, ...more }), baseline);
const valuesOf = (fake: Rows, more: Partial<Look> = {}) => measure(fake, more).values as Record<string, number>;
const scaled = (rows: Rows, factor: number) => ({ ...rows, values: rows.values.map((x) => factor * x) });

/** Whether a signal lies in the range of its null. */
function isWithin(signal: string, value: number): boolean {
  const { low, high } = baseline.nulls[signal]!;
  return value >= low && value <= high;
}

describe("samples of a ring of eight modes", () => {
  it("as good as reals are within every null, and near what theory says", () => {
    const values = valuesOf(good);
    const judged = Object.keys(values).filter((signal) => signal in baseline.nulls);
    expect(judged.length).toBeGreaterThanOrEqual(12);
    expect(judged.filter((signal) => !isWithin(signal, values[signal]!))).toEqual([]);
    for (const signal of ["diversity/samples", "rank/samples", "scale/samples"])
      expect(values[signal]).toBeCloseTo(1, 1);
    expect(values["energy/samples"]).toBeCloseTo(0, 1);
    expect(values["copying/ratio"]).toBeGreaterThan(0.7);
    expect(values["copying/ratio"]).toBeLessThan(1.4);
  });

  it.each([1, 2, 4, 6])("with %d of 8 modes lack the rest", (modes) => {
    const values = valuesOf(ring(SAMPLES, 5, { modes }));
    expect(values["bins/missing"]).toBeGreaterThan(1 - modes / 8 - 0.05);
    expect(values["bins/missing"]).toBeLessThan(1 - modes / 8 + 0.05);
    for (const signal of ["bins/missing", "bins/different", "energy/samples"]) {
      expect(values[signal]).toBeGreaterThan(baseline.nulls[signal]!.high);
    }
    // Mean distance of two points of the first `modes` corners of an octagon over that of all eight, equal ones counted.
    const mean = (k: number) => {
      let sum = 0;
      for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) sum += Math.abs(4 * Math.sin(((i - j) * Math.PI) / 8));
      return sum / (k * k);
    };
    // Within a mode two points are 0.05·√π apart.
    const apart = (k: number) => mean(k) + (0.05 * Math.sqrt(Math.PI)) / k;
    expect(values["diversity/samples"]! / (apart(modes) / apart(8))).toBeGreaterThan(0.93);
    expect(values["diversity/samples"]! / (apart(modes) / apart(8))).toBeLessThan(1.07);
    // Energy: 2 E|X − Y| − E|X − X'| − E|Y − Y'|, where E|X − Y| is that of two reals, as each corner sees the same ring.
    expect(values["energy/samples"]).toBeCloseTo(1 - apart(modes) / apart(8), 1);
  });

  it("that are all the same are one point: no diversity, no rank, all of them duplicates", () => {
    const one = rowsOf(
      2,
      Float32Array.from({ length: 2 * SAMPLES }, (_, i) => (i % 2 === 0 ? 1.3 : -0.7)),
    );
    const values = valuesOf(one, { average: one });
    expect(values).toMatchObject({
      "diversity/samples": 0,
      "diversity/average": 0,
      "duplicates/samples": 1,
      "rank/samples": 0,
      "scale/samples": 0,
    });
    // Seven of the eight modes.
    expect(values["bins/missing"]).toBeGreaterThan(0.85);
    expect(values["bins/missing"]).toBeLessThan(0.9);
    expect(values["energy/average"]).toBe(values["energy/samples"]);
    expect(values["energy/samples"]).toBeGreaterThan(0.3);
  });

  it("on a line have half the rank", () => {
    const line = Float32Array.from({ length: 2 * SAMPLES }, (_, i) => normals("line", SAMPLES)[i >> 1]!);
    expect(valuesOf(rowsOf(2, line))["rank/samples"]).toBeCloseTo(0.5, 1);
  });

  it("pulled together by a factor are so much less diverse, and the scale says the same", () => {
    const values = valuesOf(scaled(good, 0.5));
    expect(values["diversity/samples"]! / valuesOf(good)["diversity/samples"]!).toBeCloseTo(0.5, 6);
    expect(values["scale/samples"]! / valuesOf(good)["scale/samples"]!).toBeCloseTo(0.5, 6);
    expect(values["rank/samples"]).toBeCloseTo(1, 1);
    expect(values["energy/samples"]).toBeGreaterThan(baseline.nulls["energy/samples"]!.high);
  });

  it("that are noise are different from reals, though as varied", () => {
    const values = valuesOf(scaled(rowsOf(2, normals("noise", 2 * SAMPLES)), 1.5));
    expect(values["energy/samples"]).toBeGreaterThan(baseline.nulls["energy/samples"]!.high);
    expect(values["duplicates/samples"]).toBeLessThan(0.05);
    expect(values["diversity/samples"]).toBeGreaterThan(0.7);
    expect(values["bins/different"]).toBeGreaterThan(0.2);
  });

  it("copied from what was learned are nearer to it than held-out reals", () => {
    const copies = part(reals, 100, SAMPLES);
    const values = valuesOf(copies);
    expect(values["copying/ratio"]).toBeLessThan(1e-6);
    expect(values["diversity/samples"]).toBeCloseTo(1, 1);
    const half = rowsOf(
      2,
      copies.values.map((x, i) => x + 0.0005 * normals("jitter", copies.values.length)[i]!),
    );
    expect(valuesOf(half)["copying/ratio"]).toBeLessThan(baseline.nulls["copying/ratio"]!.low);
    // Of many reals only some are kept, so a copy of another would look like none: nothing is said.
    const most = { ...baseline, count: 3 * baseline.train.rows };
    const found = measureLook("full", lookOf({ samples: { real, fake: copies, heldOut } }), most);
    expect(found.values).not.toHaveProperty("copying/ratio");
    // Nor where no reals are kept apart.
    const alone = measureBaseline(points(reals), { samples: SAMPLES, seed: 0 });
    expect(measureLook("full", lookOf({ samples: { real, fake: copies } }), alone).values).not.toHaveProperty(
      "copying/ratio",
    );
  });

  it("that are not finite come out as NaN, and nothing throws", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const broken = { ...good, values: good.values.map((x, i) => (i === 7 ? bad : x)) };
      const values = valuesOf(broken, { average: broken, nudged: { samples: part(broken, 0, 16), by: 0.1 } });
      for (const signal of Object.keys(valuesOf(good)).filter((name) => !/^(signal|copying)/.test(name))) {
        expect([signal, values[signal]]).toEqual([signal, Number.NaN]);
      }
      expect(values["sensitivity/generator"]).toBeNaN();
      expect(measure(broken).vectors).not.toHaveProperty("bins/fake");
      const all = { ...good, values: good.values.map(() => bad) };
      expect(valuesOf(all)["copying/ratio"]).toBeNaN();
    }
  });
});

describe("images", () => {
  const set = spots(1200, 1);
  const imageBaseline = measureBaseline(set, { samples: 256, seed: 0 });
  const images = (seed: number) =>
    rowsOfReals(
      spots(256, seed),
      Array.from({ length: 256 }, (_, i) => i),
    );
  const ofImages = (fake: Rows) =>
    measureLook("standard", lookOf({ samples: { real: images(2), fake } }), imageBaseline).values as Record<
      string,
      number
    >;

  it("as good as reals are within the nulls", () => {
    const values = ofImages(images(3));
    const outside = Object.entries(values).filter(([signal, value]) => {
      const range = imageBaseline.nulls[signal];
      return range !== undefined && (value < range.low || value > range.high);
    });
    expect(outside).toEqual([]);
    expect(values["saturation/fake"]).toBeCloseTo(imageBaseline.nulls["saturation/fake"]!.mean, 1);
  });

  it.each([
    ["a scale of 0..1 in the place of -1..1", "minimum", (x: number) => (x + 1) / 2],
    ["ends that are never reached", "maximum", (x: number) => Math.min(x, 0.1)],
    ["few levels", "levels", (x: number) => Math.round(x * 2) / 2],
    ["a wrong brightness", "mean", (x: number) => x * 0.5 + 0.5],
    ["black that is not quite black", "extremes", (x: number) => Math.max(x, -0.98)],
  ])("with %s are told by their %s", (_, name, change) => {
    const fake = images(3);
    const values = ofImages({ ...fake, values: fake.values.map(change) });
    expect(values[`tell/${name}`]).toBeGreaterThan(0.9);
    expect(values["tell/best"]).toBeGreaterThanOrEqual(values[`tell/${name}`]!);
    expect(values["tell/best"]).toBeLessThanOrEqual(1);
  });

  it("with a frame are told by their border", () => {
    const fake = images(3);
    const framed = fake.values.map((x, i) => (i % 12 === 0 ? 1 : x));
    expect(ofImages({ ...fake, values: framed })["tell/border"]).toBeGreaterThan(0.98);
  });

  it("at the ends of their range are saturated", () => {
    const fake = images(3);
    expect(ofImages({ ...fake, values: fake.values.map((x) => (x > -0.5 ? 1 : -1)) })["saturation/fake"]).toBe(1);
    expect(ofImages({ ...fake, values: fake.values.map((x) => x * 0.9) })["saturation/fake"]).toBe(0);
  });
});

describe("levels", () => {
  const full: Look = lookOf({
    samples: { real, fake: good, heldOut },
    average: good,
    nudged: { samples: part(good, 0, 16), by: 0.1 },
    logits: { real: normals("r", 64), fake: normals("f", 64), heldOut: normals("h", 64) },
    features: {
      real: rowsOf(4, normals("a", 256)),
      fake: rowsOf(4, normals("b", 256)),
      heldOut: rowsOf(4, normals("c", 256)),
    },
    inputGradients: { real: normals("g", 8), fake: normals("k", 8) },
    weights: {
      generator: [{ name: "x/weight", shape: [2, 2], data: normals("w", 4) }],
      discriminator: [{ name: "y/weight", shape: [2, 2], data: normals("v", 4) }],
    },
    layerGradients: { "generator/x/weight": 1, "discriminator/y/weight": 2 },
  });

  it("each has what the one before it has, and more; every probe gives only what it names", () => {
    const [light, standard, all] = (["light", "standard", "full"] as const).map((level) =>
      measureLook(level, full, baseline),
    );
    expect(standard!.values).toMatchObject(light!.values);
    expect(all!.values).toMatchObject(standard!.values);
    const sizes = [light!, standard!, all!].map(({ values }) => Object.keys(values).length);
    expect(sizes[0]).toBeLessThan(sizes[1]!);
    expect(sizes[1]).toBeLessThan(sizes[2]!);
    for (const probe of PROBES) {
      const { values, vectors = {} } = probe.measure(full, baseline);
      const names = [...Object.keys(values), ...Object.keys(vectors)];
      expect(names.length).toBeGreaterThan(0);
      // Scores of the samples of a look are named as those of a step.
      for (const name of names.filter((one) => !/^score\/(real|fake)$/.test(one)))
        expect([name, describeSignal(name)?.measured]).toEqual([name, "look"]);
      const named = (name: string) =>
        probe.signals.some(
          (signal) => signal === name || (signal.endsWith("*") && name.startsWith(signal.slice(0, -1))),
        );
      expect(names.filter((name) => !named(name))).toEqual([]);
    }
  });

  it("what is absent gives no value", () => {
    const { values, vectors } = measureLook("full", lookOf({ samples: { real: NONE, fake: NONE } }), baseline);
    expect(values).toEqual({ "signal/generator": 1 });
    expect(vectors).toEqual({});
  });

  it("the order of the same samples does not matter, as long as the same make pairs", () => {
    const order = Array.from({ length: SAMPLES }, (_, i) =>
      i < PAIRED_ROWS ? PAIRED_ROWS - 1 - i : SAMPLES + PAIRED_ROWS - 1 - i,
    );
    const turned = rowsOf(
      2,
      Float32Array.from({ length: 2 * SAMPLES }, (_, i) => good.values[2 * order[i >> 1]! + (i % 2)]!),
    );
    const [a, b] = [valuesOf(good), valuesOf(turned)];
    for (const signal of [
      "diversity/samples",
      "energy/samples",
      "bins/missing",
      "duplicates/samples",
      "rank/samples",
    ]) {
      expect(b[signal]).toBeCloseTo(a[signal]!, 9);
    }
  });
});
