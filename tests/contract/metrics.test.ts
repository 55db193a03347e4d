/**
 * @file Every row of the metric registry against planted failures: what each of its figures must see, what it is known to be blind
 * to and why, what it says of reals, that it says the same again, and what it refuses. A row or a figure that is missing from
 * the table fails.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Features } from "../../src/metrics/features.ts";
import type { PlayedGame } from "../../src/metrics/game.ts";
import { badness, type Figures, type Metric, type MetricInputs, type SampleSet } from "../../src/metrics/metric.ts";
import { metrics } from "../../src/metrics/metrics.ts";
import { plainProducts } from "../../src/metrics/products.ts";
import { DataError } from "../../src/util/errors.ts";
import { createFrom } from "../../src/util/registry.ts";
import {
  asFeatures,
  COUNT,
  DIMENSIONS,
  type Fault,
  fresh,
  MODES,
  mixture,
  modes,
  numbers,
  planted,
  training,
} from "../support/planted-sets.ts";
import { FIGURES } from "./metric-figures.ts";

/** Fresh sets of reals, whose figures say what is chance. */
const REALS = 6;
/** A fault is seen where it is worse than the worst of the reals by this many of their ranges. */
const RANGES = 1.5;

const faults = Object.keys(planted) as Fault[];

/** Options that make small sets enough. */
const SMALL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  kid: { blockSize: 100 },
  ndb: { bins: 25 },
  "sliced-wasserstein": { directions: 64 },
  "ms-ssim": { pairs: 100 },
};

/** Players that are what they are whatever the samples. */
const game: PlayedGame = {
  reals: { name: "held-out", count: COUNT },
  dualityGap: async () => ({
    value: -2 * Math.LN2,
    discriminatorGain: 0,
    generatorGain: 0,
    gap: 0,
    standardError: 0.01,
  }),
};

const memory = { training: training.features, heldOut: fresh("held-out").features };

const create = (name: string, options: Readonly<Record<string, unknown>> = SMALL[name] ?? {}): Metric =>
  createFrom("metric", metrics, { name, ...options });

const inputs = (samples: SampleSet, seed = 0): MetricInputs => ({
  samples,
  reference: training,
  memory,
  modes,
  game,
  products: plainProducts,
  seed,
});

/** The first `count` samples of a set. */
function first({ features, probabilities, channels, images }: SampleSet, count: number): SampleSet {
  const cut = <A extends Float32Array | Uint8Array>(data: A, of: number) =>
    data.slice(0, (data.length / of) * count) as A;
  const all = features.count;
  return {
    features: { ...features, data: cut(features.data, all), count },
    probabilities: { ...probabilities!, data: cut(probabilities!.data, all) },
    channels: channels!.map((part) => ({ ...part, data: cut(part.data, all) })),
    images: { ...images!, data: cut(images!.data, all), count },
  };
}

it("every row has a place in the table", () => {
  expect(Object.keys(FIGURES).sort()).toEqual(Object.keys(metrics).sort());
});

describe.each(Object.keys(metrics))("%s", (name) => {
  const table = FIGURES[name] ?? { figures: {}, few: "refused" };
  const metric = create(name);
  const reals: Figures[] = [];
  const found = {} as Record<Fault, Figures>;

  beforeAll(async () => {
    for (let i = 0; i < REALS; i++) reals.push(await metric.compute(inputs(fresh(`real ${i}`))));
    for (const fault of faults) found[fault] = await metric.compute(inputs(planted[fault]));
  });

  it("gives the figures of the table, its own first, in its own direction", () => {
    for (const figures of [...reals, ...Object.values(found)]) {
      expect(Object.keys(figures)).toEqual(Object.keys(table.figures));
    }
    expect(Object.values(table.figures)[0]?.better).toEqual(metric.better);
    for (const [figure, row] of Object.entries(table.figures)) {
      if (row !== null && metric.figures[figure] !== null) expect(row.better, figure).toEqual(metric.figures[figure]);
    }
  });

  for (const [figure, row] of Object.entries(table.figures)) {
    if (row === null) continue;

    it.each(faults)(`${figure}: fakes that are %s are seen, or not, as the table says`, (fault) => {
      const null_ = reals.map((figures) => badness(figures[figure]!.value, row.better));
      const [best, worst] = [Math.min(...null_), Math.max(...null_)];
      const value = found[fault][figure]!.value;
      const seen = badness(value, row.better) > worst + RANGES * (worst - best);
      const expected = row.sees.includes(fault);
      const reasons = [row.blind, row.prefers].filter((of) => of?.[fault] !== undefined).length;
      expect(reasons, `${fault} is either seen, or has a reason`).toBe(expected ? 0 : 1);
      expect(seen, `${value} beside ${reals.map((figures) => figures[figure]!.value)}`).toBe(expected);
      const preferred = badness(value, row.better) < best - RANGES * (worst - best);
      expect(preferred, `${value} held for better than reals`).toBe(row.prefers?.[fault] !== undefined);
    });

    it(`${figure}: reals against reals are near what theory says`, () => {
      const ideals = reals.map((figures) => figures[figure]!.ideal);
      expect(ideals.every((ideal) => (ideal === undefined) === (row.tolerance === undefined))).toBe(true);
      if (row.tolerance === undefined) return;
      for (const figures of reals) {
        const { value, ideal } = figures[figure]!;
        if (row.tolerance === "ceiling") expect(value).toBeLessThanOrEqual(ideal!);
        else expect(Math.abs(value - ideal!)).toBeLessThan(row.tolerance);
      }
    });
  }

  it("says the same again for the same seed", async () => {
    expect(await metric.compute(inputs(planted.dropped))).toEqual(found.dropped);
  });

  it("refuses a single sample, or has a figure for it", async () => {
    const one = { ...inputs(first(training, 1)), reference: first(training, 1) };
    const few = metric.compute({ ...one, memory: { training: one.samples.features, heldOut: one.samples.features } });
    if (table.few === "refused") await expect(few).rejects.toThrow(DataError);
    else expect(Object.values(await few)).toHaveLength(Object.keys(table.figures).length);
  });
});

/** Samples with only their features. */
const only = (features: Features): SampleSet => ({ features });
const value = async (metric: Metric, given: Partial<MetricInputs> & Pick<MetricInputs, "samples" | "reference">) =>
  (await metric.compute({ ...inputs(given.samples), ...given })) as Record<string, { readonly value: number }>;

/** The truth, moved by `by` along every feature and stretched. */
const changed = (by: number, stretch = 1): Features => asFeatures(training.features.data.map((x) => stretch * x + by));

describe("by the amount that theory says", () => {
  const moved = { samples: only(changed(0.5)), reference: only(training.features) };
  /** Length of the way. */
  const way = 0.5 * Math.sqrt(DIMENSIONS);

  it("the Frechet distance of a moved set is the square of the way; of a stretched one (1 − s)² tr C and the means' part", async () => {
    const fid = create("fid");
    expect((await value(fid, moved)).fid!.value).toBeCloseTo(way ** 2, 4);
    const { data } = training.features;
    let expected = 0;
    for (let d = 0; d < DIMENSIONS; d++) {
      const column = Array.from({ length: COUNT }, (_, n) => data[n * DIMENSIONS + d]!);
      const mean = column.reduce((a, b) => a + b) / COUNT;
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (COUNT - 1);
      expected += 0.25 * (variance + mean ** 2);
    }
    const stretched = { ...moved, samples: only(changed(0, 1.5)) };
    expect((await value(fid, stretched)).fid!.value).toBeCloseTo(expected, 3);
  });

  it("the sliced Wasserstein distance of a moved set is the mean of the way along a direction", async () => {
    // E|θ₁| on the sphere in 8 dimensions: Γ(4) / (√π Γ(4.5)), Γ(4.5) = 105 √π / 16.
    const along = (6 * 16) / (105 * Math.PI);
    const found = await value(create("sliced-wasserstein", { directions: 4000 }), moved);
    expect(Math.abs(found["sliced-wasserstein"]!.value / (way * along) - 1)).toBeLessThan(0.05);
  });

  it("the kernel distance of features that are far out is far from 0 on either side, so that they never win by it", async () => {
    // A few are on opposite sides: k(x, x') = (x·x' / D + 1)³ is then far below 0 for their pairs, and no other pair makes up for it.
    for (const [opposite, sign] of [
      [true, -1],
      [false, 1],
    ] as const) {
      const far = asFeatures(
        training.features.data.map((x, i) => (i < 2 * DIMENSIONS ? (opposite && i < DIMENSIONS ? -1000 : 1000) : x)),
      );
      // In one block, or they might not meet.
      const whole = create("kid", { blockSize: COUNT });
      const kid = (await value(whole, { samples: only(far), reference: training })).kid!.value;
      expect(Math.sign(kid)).toBe(sign);
      expect(Math.abs(kid)).toBeGreaterThan(1e3);
      const noise = (await value(create("kid", {}), { samples: planted.noise, reference: training })).kid!.value;
      expect(badness(kid, create("kid").better)).toBeGreaterThan(badness(noise, create("kid").better));
    }
  });

  it("half of the modes: ln 2 of reverse KL, ¾ ln (4/3) between the classes, half of one score, a quarter of the other", async () => {
    const compute = (name: string) => value(create(name), { samples: planted.dropped, reference: training });
    const all = (name: string) => value(create(name), { samples: fresh("real 0"), reference: training });
    expect(Math.abs((await compute("modes"))["reverse-kl"]!.value - Math.LN2)).toBeLessThan(0.02);
    expect((await compute("modes")).captured!.value).toBe(MODES / 2);
    expect(Math.abs((await compute("classes")).js!.value - 0.75 * Math.log(4 / 3))).toBeLessThan(0.02);
    for (const [name, share] of [
      ["classifier-score", 1 / 2],
      ["mode-score", 1 / 4],
    ] as const) {
      const ratio = (await compute(name))[name]!.value / (await all(name))[name]!.value;
      expect(ratio).toBeGreaterThan(0.94 * share);
      expect(ratio).toBeLessThan(1.35 * share);
    }
  });

  it("the MODE score is the classifier score where the shares are those of the reals, and less elsewhere", async () => {
    const scores = async (samples: SampleSet) => {
      const given = { samples, reference: training };
      const [mode, plain] = [await value(create("mode-score"), given), await value(create("classifier-score"), given)];
      return mode["mode-score"]!.value / plain["classifier-score"]!.value;
    };
    expect(await scores(training)).toBeCloseTo(1, 9);
    expect(await scores(planted.dropped)).toBeLessThan(0.6);
  });

  it("five digits of ten in each channel: ln 8 of KL and what chance adds, 125 triples at most", async () => {
    const found = await value(create("stacked-modes"), { samples: planted.dropped, reference: training });
    expect(found["stacked-modes"]!.value).toBeLessThanOrEqual(125);
    expect(found["stacked-modes"]!.value).toBeGreaterThan(110);
    expect(Math.abs(found.kl!.value - (Math.log(8) + 124 / (2 * COUNT)))).toBeLessThan(0.05);
  });

  it("coverage of half of the modes: twice as many fakes for each real of them, none for the others", async () => {
    const { coverage } = await value(create("prdc"), { samples: planted.dropped, reference: training });
    let missed = 1;
    for (let i = 0; i < 5; i++) missed *= (COUNT / 2 - 1 - i) / (COUNT / 2 + COUNT - 1 - i);
    expect(Math.abs(coverage!.value - 0.5 * (1 - missed))).toBeLessThan(0.04);
  });

  it("a support of D, to what 20 trials can tell", async () => {
    for (const support of [64, 256, 4096]) {
      const distinct = mixture(`support ${support}`).data;
      const which = numbers(`support ${support}/which`, 2000, support);
      // A set has only so many different samples; further ones are the same again, far away.
      const data = Float32Array.from({ length: which.length * DIMENSIONS }, (_, i) => {
        const k = which[Math.floor(i / DIMENSIONS)]!;
        return distinct[(k % COUNT) * DIMENSIONS + (i % DIMENSIONS)]! + 10 * Math.floor(k / COUNT);
      });
      const found = await value(create("birthday"), { samples: only(asFeatures(data)), reference: training });
      expect(found.support!.value / support).toBeGreaterThan(0.55);
      expect(found.support!.value / support).toBeLessThan(1.8);
      expect(found["is-bound"]!.value).toBe(0);
    }
  });

  it("two sets of reals differ in a twentieth of the bins", async () => {
    const bins = create("ndb", { bins: 20 });
    let sum = 0;
    const pairs = 40;
    for (let i = 0; i < pairs; i++) {
      const sets = { samples: only(mixture(`null ${i}`)), reference: only(mixture(`truth ${i}`)) };
      sum += (await value(bins, { ...sets, seed: i })).ndb!.value;
    }
    // 800 tests: a standard error of 0.008.
    expect(Math.abs(sum / pairs - 0.05)).toBeLessThan(0.024);
  });

  it("copies: every distance to the training set is below every one of the held-out reals", async () => {
    const found = await value(create("copying", { cells: 1 }), { samples: planted.copies, reference: training });
    // U = 0, so Z = −(nm / 2) / √(nm (n + m + 1) / 12).
    expect(found.ct!.value).toBeCloseTo(-Math.sqrt((3 * COUNT ** 2) / (2 * COUNT + 1)), 1);
    expect(found.authenticity!.value).toBe(0);
  });
});
