import { describe, expect, it } from "vitest";
import { lookOf, normals, part, points, ring, rowsOf, spots, whole } from "../../../tests/support/looks.ts";
import type { Rows } from "../look.ts";
import { within } from "../numerics/distances.ts";
import type { Baseline } from "./baseline.ts";
import { binCount, measureBaseline } from "./measure-baseline.ts";
import { measureLook } from "./probes.ts";
import { type Reals, rowsOf as rowsOfReals } from "./reals.ts";
import { poolFor, small } from "./small.ts";

const all = (reals: Reals): Rows =>
  rowsOfReals(
    reals,
    Array.from({ length: reals.count }, (_, i) => i),
  );

const signalsOf = (baseline: Baseline, real: Rows, fake: Rows, heldOut?: Rows): Record<string, number> => ({
  ...measureLook("standard", lookOf({ samples: { real, fake, ...(heldOut && { heldOut }) } }), baseline).values,
});

describe("rate of false alarms", () => {
  /**
   * Shares of fresh real pairs below and above the nulls' limits, by signal; and how wide the ranges are, in standard
   * deviations. Where fewer reals are learned from than a look has samples, it shows them all.
   */
  function falseAlarms(
    make: (count: number, seed: number) => Reals,
    { count, heldOut: apart, samples, pairs }: { count: number; heldOut: number; samples: number; pairs: number },
  ) {
    const [beyond, looks, widths] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
    for (const seed of [1, 2, 3]) {
      const train = make(count, seed);
      const baseline = measureBaseline(train, { samples, seed }, make(apart, 50 + seed));
      const fresh = all(make(3 * pairs * samples, 100 + seed));
      for (let k = 0; k < pairs; k++) {
        const [real, fake, heldOut] = [0, 1, 2].map((i) => part(fresh, (3 * k + i) * samples, samples));
        for (const [signal, value] of Object.entries(
          signalsOf(baseline, count < samples ? all(train) : real!, fake!, heldOut),
        )) {
          const limits = baseline.nulls[signal];
          if (limits === undefined) continue;
          looks.set(signal, (looks.get(signal) ?? 0) + 1);
          if (!(value >= limits.low && value <= limits.high)) beyond.set(signal, (beyond.get(signal) ?? 0) + 1);
          if (limits.sd > 0)
            widths.set(signal, Math.max(widths.get(signal) ?? 0, (limits.high - limits.low) / limits.sd));
        }
      }
    }
    return { rates: new Map([...looks].map(([signal, n]) => [signal, (beyond.get(signal) ?? 0) / n])), widths };
  }

  it.each([
    ["points on a ring", (count: number, seed: number) => points(ring(count, seed)), 1500],
    ["fewer points than two looks", (count: number, seed: number) => points(ring(count, seed)), 110, 100],
    ["eight points, and many that are held out", (count: number, seed: number) => points(ring(count, seed)), 8, 3000],
    ["twenty images, and many that are held out", (count: number, seed: number) => spots(count, seed), 20, 600],
    [
      "discrete points",
      (count: number, seed: number) => points(rowsOf(2, Float32Array.from(whole("d", 2 * count, 7, seed)))),
      1500,
    ],
    ["images", (count: number, seed: number) => spots(count, seed), 500],
  ])(
    "of %s: about one look in five hundred lies beyond one of a signal's two limits",
    (_, make, count, heldOut = 800) => {
      const { rates, widths } = falseAlarms(make, { count, heldOut, samples: 64, pairs: 50 });
      const found = [...rates.values()];
      expect(found.length).toBeGreaterThanOrEqual(12);
      // 150 looks a signal: 0.3 of them by the stated rate; few reals make all signals of one baseline go wrong together.
      expect(found.reduce((sum, rate) => sum + rate, 0) / found.length).toBeLessThan(0.006);
      expect(Math.max(...found)).toBeLessThan(0.05);
      // And the limits are no walls: a normal signal's are 6.6 standard deviations apart.
      expect([...widths.values()].sort((a, b) => a - b)[widths.size >> 1]).toBeLessThan(12);
    },
  );
});

describe("a baseline", () => {
  const set = points(ring(5000, 1));
  const baseline = measureBaseline(set, { samples: 256, seed: 7 });

  it("is the same for the same data and seed, and another for another seed", () => {
    expect(measureBaseline(set, { samples: 256, seed: 7 })).toEqual(baseline);
    expect(measureBaseline(set, { samples: 256, seed: 8 }).nulls).not.toEqual(baseline.nulls);
  });

  it("keeps at most 4096 reals, bins that they fill, and their distances", () => {
    expect(baseline.train.rows).toBe(4096);
    expect(baseline.count).toBe(5000);
    expect(baseline.bins.centres.rows).toBe(binCount(256, 4096));
    expect(baseline.bins.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...baseline.bins.shares)).toBeGreaterThan(0);
    // A mode is one kind, however many cells it is cut into; each has an eighth of the reals.
    expect(new Set(baseline.bins.kinds).size).toBe(8);
    const kinds = Object.entries(baseline.nulls).filter(([name]) => name.startsWith("bins/fake/"));
    expect(kinds).toHaveLength(8);
    for (const [, { mean }] of kinds) expect(Math.abs(mean - 1 / 8)).toBeLessThan(0.02);
    const fresh = within(ring(256, 9))!;
    expect(baseline.distance.pair / fresh.pair).toBeGreaterThan(0.95);
    expect(baseline.distance.pair / fresh.pair).toBeLessThan(1.05);
    const nearest = [...fresh.nearest].sort((a, b) => a - b)[128]!;
    expect(baseline.distance.nearest / nearest).toBeGreaterThan(0.85);
    expect(baseline.distance.nearest / nearest).toBeLessThan(1.15);
  });

  it("knows the nulls that theory gives: of scores, by the number of logits", () => {
    const few = points(ring(300, 1));
    const { nulls } = measureBaseline(few, { samples: 128, logits: 32, heldOut: 10, seed: 0 }, points(ring(40, 2)));
    expect(nulls["auc/fake"]!.sd).toBeCloseTo(Math.sqrt(65 / (12 * 32 * 32)), 9);
    expect(nulls["auc/held-out"]).toMatchObject({ mean: 0.5, pairs: 0 });
    expect(nulls["auc/held-out"]!.sd).toBeCloseTo(Math.sqrt(43 / (12 * 32 * 10)), 9);
    expect(nulls["copying/ratio"]!.mean).toBeCloseTo(1, 0);
    const none = measureBaseline(few, { samples: 128, heldOut: 0, seed: 0 }).nulls;
    expect(Object.keys(none).filter((signal) => /copying|held-out/.test(signal))).toEqual([]);
    expect(baseline.nulls["diversity/samples"]).toMatchObject({ pairs: 40 });
    expect(baseline.nulls["bins/different"]!.mean).toBeCloseTo(0.05, 1);
    expect(baseline.nulls["diversity/average"]).toEqual(baseline.nulls["diversity/samples"]);
  });

  it("of discrete data has duplicates", () => {
    const discrete = rowsOf(1, Float32Array.from(whole("d", 2000, 5)));
    const { nulls, distance } = measureBaseline(points(discrete), { samples: 64, seed: 0 });
    expect(distance.nearest).toBe(0);
    expect(nulls["duplicates/samples"]!.mean).toBeGreaterThan(0.95);
    const pairs = rowsOf(1, Float32Array.from(whole("d", 2000, 60)));
    const some = measureBaseline(points(pairs), { samples: 64, seed: 0 }).nulls["duplicates/samples"]!;
    // A value has a twin among 63 others of 60 kinds: 1 − (59/60)^63 = 0.65.
    expect(some.mean).toBeCloseTo(0.65, 1);
    expect(some.low).toBeLessThan(some.mean);
  });

  it("of equal samples says only what can be said", () => {
    const same = measureBaseline(points(rowsOf(3, new Float32Array(300).fill(0.3))), { samples: 32, seed: 0 });
    expect(same.bins.shares).toEqual([1]);
    expect(same.distance).toEqual({ pair: 0, nearest: 0 });
    expect(same.nulls["duplicates/samples"]).toMatchObject({ mean: 1, sd: 0, high: 1 });
    for (const signal of ["diversity/samples", "scale/samples", "energy/samples", "rank/samples", "copying/ratio"]) {
      expect(same.nulls).not.toHaveProperty(signal);
    }
    const values = signalsOf(same, rowsOf(3, new Float32Array(96).fill(0.3)), rowsOf(3, normals("x", 96)));
    expect(values).not.toHaveProperty("diversity/samples");
    expect(Object.values(values).every(Number.isFinite)).toBe(true);
  });

  it.each([1, 2, 3, 5, 20])("of %d reals can be measured, and measures", (count) => {
    const set = points(ring(count, 3));
    for (const unseen of [undefined, points(ring(4, 7)), points(ring(200, 7))]) {
      const few = measureBaseline(set, { samples: 64, seed: 0 }, unseen);
      expect(few.train.rows).toBe(count);
      const values = signalsOf(few, ring(64, 4), ring(64, 5), ring(64, 6));
      expect(Object.values(values).every((value) => !Number.isNaN(value))).toBe(true);
      expect("diversity/samples" in values).toBe(count > 1 || unseen !== undefined);
      expect("copying/ratio" in values).toBe(unseen !== undefined);
      for (const { mean, low, high } of Object.values(few.nulls)) {
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
      }
    }
  });

  it("of one dimension sees a missing cluster", () => {
    const clusters = (count: number, share: number, seed: number) =>
      rowsOf(
        1,
        normals("c", count, seed).map((x, i) => 0.1 * x + (i < share * count ? 4 : 0)),
      );
    const line = measureBaseline(points(clusters(2000, 0.5, 1)), { samples: 256, seed: 0 });
    const values = signalsOf(line, clusters(256, 0.5, 2), clusters(256, 1, 3));
    expect(values["bins/missing"]).toBeCloseTo(0.5, 1);
    expect(values["diversity/samples"]).toBeLessThan(line.nulls["diversity/samples"]!.low);
  });
});

describe("eight reals, and four thousand that are held out", () => {
  const samples = 256;
  const reals = ring(8, 11);
  const [set, unseen] = [points(reals), points(ring(4096, 12))];
  const baseline = measureBaseline(set, { samples, seed: 0 }, unseen);
  const copies = (jitter: number) => {
    const moved = normals("jitter", 2 * samples).map(
      (x, i) => jitter * x + reals.values[2 * ((i >> 1) % 8) + (i % 2)]!,
    );
    return rowsOf(2, moved);
  };

  it("fakes as good as reals are within every null", () => {
    for (const seed of [20, 21, 22]) {
      const values = signalsOf(baseline, reals, ring(samples, seed), ring(samples, seed + 10));
      const judged = Object.keys(values).filter((signal) => signal in baseline.nulls);
      expect(judged.length).toBeGreaterThanOrEqual(12);
      for (const signal of judged) {
        const { low, high } = baseline.nulls[signal]!;
        expect(values[signal], signal).toBeGreaterThanOrEqual(low);
        expect(values[signal], signal).toBeLessThanOrEqual(high);
      }
    }
  });

  it("fakes that copy them are seen, as they are not without held-out reals", () => {
    const values = signalsOf(baseline, reals, copies(1e-4));
    expect(values["copying/ratio"]).toBeLessThan(0.5 * baseline.nulls["copying/ratio"]!.low);
    // Reals of modes that none of the eight is of lie far away, and would make the median one or the other by chance.
    expect(new Set(baseline.bins.kinds).size).toBe(8);
    expect(baseline.bins.shares.some((share) => share === 0)).toBe(true);
    expect(baseline.nulls["copying/ratio"]!.low).toBeGreaterThan(0.6);
    expect(baseline.nulls["copying/ratio"]!.high).toBeLessThan(1.6);
    expect(values["bins/missing"]).toBe(0);
    expect(values["duplicates/samples"]).toBe(1);
    expect(values["duplicates/samples"]).toBeGreaterThan(baseline.nulls["duplicates/samples"]!.high);
    const alone = measureBaseline(set, { samples, heldOut: 0, seed: 0 });
    expect(Object.keys(alone.nulls).filter((signal) => /copying|held-out/.test(signal))).toEqual([]);
    const width = ({ nulls }: Baseline) => nulls["energy/samples"]!.high - nulls["energy/samples"]!.low;
    expect(width(alone)).toBeGreaterThan(4 * width(baseline));
  });

  it("a discriminator that prefers them is seen, by as many logits as there are of each", () => {
    const { low, high, sd } = baseline.nulls["auc/held-out"]!;
    expect(sd).toBeCloseTo(Math.sqrt((8 + samples + 1) / (12 * 8 * samples)), 9);
    const judge = (shift: number) => {
      const logits = {
        real: normals("r", 8).map((x) => x + shift),
        fake: normals("f", samples),
        heldOut: normals("h", samples),
      };
      return measureLook("light", lookOf({ samples: { real: reals, fake: copies(0) }, logits }), baseline).values[
        "auc/held-out"
      ]!;
    };
    expect(judge(3)).toBeGreaterThan(high);
    expect(judge(0)).toBeGreaterThan(low);
    expect(judge(0)).toBeLessThan(high);
  });

  it("in one dimension, and shown in packs of more than there are, say what can be said", () => {
    const line = measureBaseline(
      points(rowsOf(1, normals("line", 8))),
      { samples: 64, logits: 4, seed: 0 },
      points(rowsOf(1, normals("line", 1000, 1))),
    );
    expect(line.nulls).not.toHaveProperty("auc/held-out");
    expect(line.nulls).toHaveProperty("copying/ratio");
    expect(line.nulls["scale/samples"]!.sd).toBeGreaterThan(0);
  });
});

describe("reals that are mirrored", () => {
  const count = 40;
  // Each image is dark on the left of some column: none looks like a mirror image of another.
  const steps = (from: number): Reals => {
    const noise = whole("noise", count * 64, 40, from);
    const data = Uint8Array.from({ length: count * 64 }, (_, i) => (i % 8 > 2 + ((i >> 6) % 4) ? 200 : 0) + noise[i]!);
    return { shape: [1, 8, 8], count, data };
  };
  const options = { samples: 16, seed: 0 };
  const [set, unseen] = [steps(0), steps(1)];
  const baseline = measureBaseline(set, { ...options, mirror: true }, unseen);
  const flipped = (rows: Rows) => {
    const values = rows.values.slice();
    for (let at = 0; at < values.length; at += 8) values.subarray(at, at + 8).reverse();
    return { ...rows, values };
  };

  it("are mirrored in the baseline, half of them, the same every time", () => {
    const right = (rows: Rows) =>
      Array.from({ length: rows.rows }, (_, i) => (rows.values[64 * i]! < rows.values[64 * i + 7]! ? 1 : 0));
    const straight = right(baseline.train).reduce<number>((sum, x) => sum + x, 0);
    expect(straight).toBeGreaterThan(count / 4);
    expect(straight).toBeLessThan((3 * count) / 4);
    expect(baseline.mirrored!.values).toEqual(flipped(baseline.train).values);
    expect(measureBaseline(set, { ...options, mirror: true }, unseen)).toEqual(baseline);
    const { train, mirrored } = measureBaseline(set, options, unseen);
    expect(right(train)).toEqual(new Array(count).fill(1));
    expect(mirrored).toBeUndefined();
  });

  it("are copied by their mirror images, too", () => {
    const copies = flipped(part(all(set), 0, 16));
    const ratioIn = (of: Baseline) => signalsOf(of, all(set), copies)["copying/ratio"]!;
    expect(ratioIn(baseline)).toBeLessThan(1e-6);
    expect(ratioIn(measureBaseline(set, options, unseen))).toBeGreaterThan(1);
    const fair = signalsOf(baseline, all(set), part(all(steps(2)), 0, 16))["copying/ratio"]!;
    expect(fair).toBeGreaterThan(baseline.nulls["copying/ratio"]!.low);
    expect(fair).toBeLessThan(baseline.nulls["copying/ratio"]!.high);
  });
});

describe("samples made small", () => {
  it.each([
    [[1, 28, 28], 2, 196],
    [[3, 32, 32], 4, 192],
    [[3, 64, 64], 8, 192],
    [[1, 8, 8], 1, 64],
    [[1, 12, 20], 2, 60],
    [[3, 5, 41], 3, 84],
    [[2], 1, 2],
  ])("images of %j are averaged over squares of %d pixels, to %d numbers", (shape, pool, numbers) => {
    expect(poolFor(shape)).toBe(pool);
    const columns = shape.reduce((a, b) => a * b, 1);
    const rows = rowsOf(columns, normals("x", 3 * columns));
    const made = small(rows, { shape, pool });
    expect([made.rows, made.columns, made.values.length]).toEqual([3, numbers, 3 * numbers]);
    expect(small(rows, { shape, pool })).toBe(made);
  });

  it("each number is the mean of its square, and of what there is of it at the edges", () => {
    const rows = rowsOf(
      15,
      Float32Array.from({ length: 15 }, (_, i) => i),
    );
    expect([...small(rows, { shape: [1, 3, 5], pool: 2 }).values]).toEqual([3, 5, 6.5, 10.5, 12.5, 14]);
  });

  it("bytes become -1..1", () => {
    const made = rowsOfReals({ shape: [1, 1, 2], count: 2, data: Uint8Array.from([9, 9, 0, 255]) }, [1]);
    expect([...made.values]).toEqual([-1, 1]);
  });

  it("images in colour have a baseline, too", () => {
    const data = Uint8Array.from(whole("rgb", 40 * 3 * 48 * 48, 256));
    const large = measureBaseline({ shape: [3, 48, 48], count: 40, data }, { samples: 32, seed: 0 });
    expect(large.pool).toBe(6);
    expect(large.train.columns).toBe(192);
    expect(large.nulls["scale/samples"]!.mean).toBeCloseTo(1, 2);
  });
});
