/** @file One planted fault for every check, and healthy trainings against which nothing is said. */

import { describe, expect, it } from "vitest";
import { type Config, parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { mergeConfig, presetConfig, type RawConfig } from "../../config/layers.ts";
import { describeData } from "../../config/recommended.ts";
import type { Dataset, ImageDataset, PointDataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { fiveGaussians, grid, ring, spiral, twoClusters } from "../../data/synthetic.ts";
import { isFailureCode } from "../codes.ts";
import { preflightCase } from "./case.ts";
import type { CostFacts, Note } from "./check.ts";
import { CHECKS, preflight } from "./preflight.ts";

const hash = (i: number): number => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 7), 0x85ebca6b) >>> 24;

/** Images of noise, or of what `fill` says of the image and the place in it. */
function images(
  count: number,
  extra: Partial<ImageDataset> = {},
  fill: (value: number, image: number, place: number) => number = (value) => value,
): ImageDataset {
  const shape = extra.shape ?? ([1, 16, 16] as const);
  const places = shape[0] * shape[1] * shape[2];
  return {
    kind: "images",
    name: "planted",
    count,
    shape,
    data: Uint8Array.from({ length: count * places }, (_, i) => fill(hash(i), Math.floor(i / places), i % places)),
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
    ...extra,
  };
}

const points = (change: (value: number, dimension: number) => number): PointDataset => {
  const base = ring({ count: 500 });
  return { ...base, data: base.data.map((value, i) => change(value, i % 2)) };
};

const labelled = (count: number, label: (i: number) => number, classes: readonly string[]) => ({
  labels: Int32Array.from({ length: count }, (_, i) => label(i)),
  classes,
});

interface Planted {
  readonly dataset: Dataset;
  readonly raw?: RawConfig;
  readonly unseen?: boolean;
  readonly mostBytes?: number;
  readonly cost?: CostFacts;
}

/** What is found before a training by the recommended recipe with `raw` laid over it. */
function notesOf({ dataset, raw = {}, unseen = true, ...rest }: Planted): Note[] {
  const base = presetConfig("recommended", describeData(dataset));
  const config: Config = parseConfig(
    mergeConfig(mergeConfig(base, { data: { source: "planted" }, metrics: { list: "fid" } }), raw),
  );
  const { kind, shape, classes } = dataset;
  const game = gameFromConfig(config, { kind, shape, ...(classes && { classes }) });
  return preflight(preflightCase({ config, dataset, game, unseen, ...rest }));
}

/** Level, failure and message of what `check` found. */
const foundBy = (check: string, planted: Planted): string[] =>
  notesOf(planted)
    .filter((note) => note.check === check)
    .map(({ level, code, message }) => `${level}${code === undefined ? "" : ` ${code}`}: ${message}`);

const many = images(6000);
const dots = ring({ count: 20_000 });
const dcgan: RawConfig = { model: { name: "dcgan", norm: "batch" }, objective: "non-saturating", penalties: [] };

describe("a healthy training is not warned of", () => {
  const bad = (notes: readonly Note[]) => notes.filter(({ level }) => level === "warning" || level === "error");

  it.each<[string, () => Dataset | Promise<Dataset>]>([
    ["MNIST, a tenth of it", () => loadDataset("mnist", { limit: 6000 })],
    ["Stacked MNIST, some of it", () => loadDataset("stacked-mnist", { count: 5000 })],
    ["noise in grey", () => many],
    ["noise in colour", () => images(2000, { shape: [3, 16, 16] })],
    ["the ring", () => ring()],
    ["the grid", () => grid()],
    ["the spiral", () => spiral()],
    ["two clusters", () => twoClusters()],
    ["five Gaussians", () => fiveGaussians()],
  ])("on %s", async (_, load) => {
    const notes = notesOf({ dataset: await load() });
    expect(bad(notes)).toEqual([]);
    expect(notes.filter(({ level }) => level === "ok").length).toBeGreaterThan(6);
  });

  it("by the plain presets", () => {
    for (const preset of ["dcgan", "mlp"]) {
      const { data: _, ...raw } = presetConfig(preset);
      expect(bad(notesOf({ dataset: preset === "mlp" ? dots : many, raw }))).toEqual([]);
    }
  });
});

const grey = { shape: [3, 16, 16] as const };
const tenth = (count: number) => labelled(count, (i) => i % 10, [..."0123456789"]);
/** Images of which the second half repeats the first. */
const twice = images(
  200,
  labelled(200, (i) => (i < 100 ? 0 : 1), ["a", "b"]),
  (_, image, place) => hash(256 * (image % 100) + place),
);
const adam = (options: object) => ({ optimizer: { generator: { name: "adam", ...options } } });

describe.each<[string, readonly [fault: string, planted: Planted, found: RegExp][]]>([
  [
    "samples-differ",
    [
      [
        "all equal images",
        { dataset: images(50, {}, (_, _image, place) => hash(place)) },
        /^error data-fault: all 50 samples are equal/,
      ],
      ["all equal points", { dataset: points(() => 0.5) }, /^error data-fault: all 500/],
      [
        "nearly equal images",
        { dataset: images(2000, {}, (value, _, place) => hash(place) * 0.9 + value / 128) },
        /^warning data-fault: images are nearly equal: .* 0\.\d+ of 255/,
      ],
      [
        "blank images",
        { dataset: images(100, {}, (value, image) => (image % 10 === 0 ? 255 : value)) },
        /^warning data-fault: 10 of 100 samples are of one flat colour/,
      ],
    ],
  ],
  [
    "value-range",
    [
      [
        "0..1.2 taken for 0..255",
        { dataset: images(2000, { valueRange: { min: 0, max: 1.2, convention: "0..255" } }, (value) => value & 1) },
        /^warning data-fault: .*levels 0 to 1 .*all but black/,
      ],
      [
        "0..1 read as -1..1",
        { dataset: images(2000, { valueRange: { min: 0, max: 1, convention: "-1..1" } }, (value) => 128 + value / 2) },
        /^warning data-fault: values from 0 to 1 were taken for -1..1/,
      ],
      [
        "a sixth of the range",
        { dataset: images(2000, {}, (value) => 100 + value / 6) },
        /^warning data-fault: images span levels 100 to 142 of 0 to 255/,
      ],
      [
        "dark figures on white before a classifier of digits",
        { dataset: images(2000, {}, (value) => 255 - value / 3), raw: { metrics: { features: "lenet_mnist" } } },
        /^warning data-fault: images are bright \(mean 21\d/,
      ],
      [
        "clipped images",
        { dataset: images(2000, {}, (value) => Math.min(255, Math.max(0, 2 * value - 128))) },
        /^info data-fault: 25 % of the values are 0 and 25 % are 255/,
      ],
    ],
  ],
  [
    "point-scale",
    [
      [
        "thousands",
        { dataset: points((value) => 1000 * value) },
        /^warning vanishing-gradient: standard deviations from 70\d to 7\d\d/,
      ],
      [
        "millimetres beside metres",
        { dataset: points((value, k) => (k === 0 ? value / 10 : 10 * value)) },
        /^warning mode-dropping: dimensions are uneven/,
      ],
      [
        "far from zero",
        { dataset: points((value) => value + 50) },
        /^warning vanishing-gradient: 2 of 2 dimensions lie more than 10/,
      ],
      [
        "a constant dimension",
        { dataset: points((value, k) => (k === 0 ? value : 3)) },
        /^warning vanishing-gradient: 1 of 2 dimensions never change/,
      ],
    ],
  ],
  [
    "colours",
    [
      [
        "grey images in three channels",
        { dataset: images(2000, grey, (_, image, place) => hash(256 * image + (place % 256))) },
        /^warning data-fault: all 2000 images/,
      ],
      [
        "as was asked for",
        {
          dataset: images(2000, grey, (_, image, place) => hash(256 * image + (place % 256))),
          raw: { data: { channels: 3 } },
        },
        /^info data-fault/,
      ],
    ],
  ],
  [
    "conversion",
    [
      [
        "panoramas cut square",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 0, cropped: 300 } }) },
        /^warning data-fault: 300 of 1000 images lost more than a third/,
      ],
      [
        "thumbnails",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 900, cropped: 0 } }) },
        /^warning data-fault: 900 of 1000 images were scaled up/,
      ],
      [
        "a few thumbnails",
        { dataset: images(1000, { conversion: { transparent: 0, enlarged: 9, cropped: 0 } }) },
        /^info data-fault: 9 of 1000/,
      ],
      [
        "transparent logos",
        { dataset: images(1000, { conversion: { transparent: 1000, enlarged: 0, cropped: 0 } }) },
        /^info: 1000 of 1000 images have transparency/,
      ],
      [
        "broken files",
        {
          dataset: images(1000, {
            skipped: Array.from({ length: 30 }, (_, i) => ({ item: `${i}.png`, reason: "cut" })),
          }),
        },
        /^warning data-fault: 30 of 1030 items/,
      ],
    ],
  ],
  [
    "duplicates",
    [
      [
        "each image twice",
        { dataset: twice },
        /^warning memorization: 100 of 200 samples repeat another exactly \(50 %\), such as number 100 that of number 0/,
      ],
      ["with other labels", { dataset: twice }, /^warning data-fault: 100 of the 100 repeats have another label/],
      [
        "a part of the data",
        { dataset: images(400, {}, (_, image, place) => hash(256 * (image % 8) + place)), mostBytes: 100 * 256 },
        /^warning memorization: \d+ of 100 samples \(of 400, /,
      ],
    ],
  ],
  [
    "classes",
    [
      [
        "one class",
        {
          dataset: images(
            2000,
            labelled(2000, () => 3, [..."01234"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning data-fault: all labels say 3, of 5 classes/,
      ],
      [
        "one class that nobody asks for",
        {
          dataset: images(
            2000,
            labelled(2000, () => 0, ["all"]),
          ),
        },
        /^info data-fault: all labels say all/,
      ],
      [
        "an empty class",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => 2 * (i % 2), ["a", "b", "c"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning data-fault: 1 of 3 classes have no samples, the first of them b/,
      ],
      [
        "a class of three",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => (i < 3 ? 1 : 0), ["a", "b"]),
          ),
          raw: { conditioning: "projection" },
        },
        /^warning memorization: 1 of 2 classes have fewer than 20 samples, least b with 3/,
      ],
      [
        "uneven classes",
        {
          dataset: images(
            2000,
            labelled(2000, (i) => (i < 100 ? 1 : 0), ["a", "b"]),
          ),
        },
        /^warning mode-dropping: classes are uneven: a has 1900 samples, b 100/,
      ],
    ],
  ],
  [
    "balance",
    [
      [
        "the tutorial's networks",
        { dataset: images(500, { shape: [3, 32, 32] }), raw: { model: "tutorial" } },
        /^warning mode-collapse: the discriminator has 142529 parameters, the generator 11814467 .* 82\.9 times as many/,
      ],
      [
        "half the width",
        {
          dataset: images(500, { shape: [3, 28, 28] }),
          raw: { ...dcgan, model: { name: "metz", discriminator: 0.25 } },
        },
        /^warning mode-collapse/,
      ],
      [
        "a giant that nothing bounds",
        { dataset: images(500, { shape: [3, 28, 28] }), raw: { ...dcgan, model: { name: "metz", discriminator: 8 } } },
        /^warning vanishing-gradient: .* nothing bounds/,
      ],
    ],
  ],
  [
    "batch",
    [
      [
        "eight under batch normalisation",
        { dataset: many, raw: { ...dcgan, batch: 8 } },
        /^warning oscillation: the generator and the discriminator normalise over a batch of only 8/,
      ],
      [
        "few packs",
        { dataset: dots, raw: { batch: 32, packing: 4 } },
        /^warning oscillation: packs of 4 leave 8 judgements/,
      ],
      [
        "few rows to compare",
        {
          dataset: dots,
          raw: {
            model: { name: "mlp", minibatch: "discrimination" },
            objective: "non-saturating",
            penalties: [],
            batch: 8,
          },
        },
        /^warning mode-collapse: minibatch discrimination compares only 8/,
      ],
      [
        "half of the data",
        { dataset: images(100), raw: { batch: 50 } },
        /^info discriminator-overfitting: a batch of 50 is 50 %/,
      ],
    ],
  ],
  [
    "augmentation",
    [
      [
        "few images",
        { dataset: images(300) },
        /^warning discriminator-overfitting: only 300 images, and no augmentation/,
      ],
      ["not many", { dataset: images(3000) }, /^info discriminator-overfitting: only 3000/],
      [
        "many with much",
        { dataset: images(50_000, { shape: [1, 8, 8] }), raw: { augment: "diffaugment" } },
        /^info quality-regression: 50000 images with diffaugment/,
      ],
      [
        "a strength that leaks",
        { dataset: many, raw: { augment: [{ name: "ada", p: 0.95 }] } },
        /^warning quality-regression: ada with strength 0.95/,
      ],
    ],
  ],
  [
    "objective",
    [
      ["the saturating game", { dataset: dots, raw: { objective: "minimax" } }, /^warning vanishing-gradient/],
      [
        "an unbounded critic",
        { dataset: dots, raw: { objective: "wasserstein", penalties: [] } },
        /^warning numerical-divergence/,
      ],
      [
        "pairs without penalties",
        { dataset: dots, raw: { objective: "relativistic", penalties: [] } },
        /^warning oscillation/,
      ],
      [
        "pairs with one penalty",
        { dataset: dots, raw: { objective: "relativistic", penalties: "r1" } },
        /^info oscillation: .* with r1:/,
      ],
      ["hinge alone", { dataset: dots, raw: { objective: "hinge", penalties: [] } }, /^info exploding-gradient/],
    ],
  ],
  [
    "gamma",
    [
      [
        "too much",
        { dataset: many, raw: { penalties: [{ name: "r1", gamma: 5000 }] } },
        /^warning discriminator-underfitting: penalties.r1.gamma is 5000; heuristics for 16 pixels: .* gives 0.0008, the middle of R3GAN's is 0.25/,
      ],
      [
        "next to none",
        { dataset: many, raw: { penalties: [{ name: "r1", gamma: 1e-6 }] } },
        /^warning oscillation: penalties.r1.gamma is 0.000001/,
      ],
    ],
  ],
  [
    "optimizers",
    [
      [
        "momentum of other tasks",
        { dataset: dots, raw: adam({ beta1: 0.9 }) },
        /^warning oscillation: optimizer.generator.beta1 is 0.9/,
      ],
      [
        "thirty times the rate",
        { dataset: dots, raw: adam({ lr: 6e-3 }) },
        /^warning numerical-divergence: optimizer.generator.lr is 0.006/,
      ],
      [
        "a rate that moves nothing",
        { dataset: dots, raw: adam({ lr: 1e-7 }) },
        /^warning stalled: .* in 12000 steps no weight can move by more than 0.0012/,
      ],
      [
        "rates far apart",
        { dataset: dots, raw: adam({ lr: 2e-5 }) },
        /^info vanishing-gradient: learning rates are 100 times apart/,
      ],
      [
        "both at once",
        { dataset: dots, raw: { ...dcgan, model: "mlp", updates: { mode: "simultaneous" } } },
        /^warning oscillation: both players move at once/,
      ],
    ],
  ],
  [
    "length",
    [
      [
        "no time to learn",
        { dataset: dots, raw: { steps: 40 } },
        /^info: 40 steps show each of 20000 samples 0.512 times: too few/,
      ],
      ["thousands of rounds", { dataset: images(600) }, /^info discriminator-overfitting: .* without augmentation/],
      [
        "less than all",
        { dataset: many, raw: { batch: 4, steps: 600 } },
        /^info: 600 steps .* 0.4 times: some are never seen/,
      ],
    ],
  ],
  [
    "watching",
    [
      ["nothing kept apart", { dataset: dots, unseen: false }, /^info discriminator-overfitting: there are no reals/],
      ["no metric", { dataset: dots, raw: { metrics: { list: [] } } }, /^info quality-regression: no metric/],
      ["no looks", { dataset: dots, raw: { health: { probes: "off" } } }, /^info: no looks/],
    ],
  ],
  [
    "memory",
    [
      [
        "too little",
        { dataset: dots, cost: { gflop: 1, memory: 3e9, free: 2e9 } },
        /^warning: about 3000 MB of 2000 MB free/,
      ],
    ],
  ],
  [
    "time",
    [
      [
        "weeks",
        { dataset: dots, cost: { gflop: 1, memory: 1, timed: { seconds: 100, steps: 5 } } },
        /^info: 100000 ms a step over 5 steps \(0.01 GFLOP a second\): 13.9 d for 12000 steps/,
      ],
    ],
  ],
])("%s finds", (check, faults) => {
  it.each(faults)("%s", (_, planted, found) => {
    const all = foundBy(check, planted);
    expect(
      all.some((text) => found.test(text)),
      all.join("\n"),
    ).toBe(true);
  });
});

describe("the checks", () => {
  it("say what to do wherever they say something, and name failures that exist", () => {
    const bad = { ...dcgan, batch: 8, objective: "minimax", ...adam({ beta1: 0.9, lr: 1 }) };
    const notes = [
      ...notesOf({ dataset: twice, raw: bad, unseen: false }),
      ...notesOf({ dataset: images(50, {}, () => 7), cost: { gflop: 1, memory: 2, free: 1 } }),
    ];
    expect(notes.length).toBeGreaterThan(20);
    for (const { check, level, help, code } of notes) {
      expect(help === undefined, check).toBe(level === "ok");
      if (code !== undefined) expect(isFailureCode(code), code).toBe(true);
    }
  });

  it("have names of their own", () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(17);
    for (const { title, looksAt } of CHECKS) expect(title.length * looksAt.length).toBeGreaterThan(0);
  });

  it("do not call few labelled digits faulty", () => {
    expect(foundBy("classes", { dataset: images(2000, tenth(2000)) })).toEqual([
      "ok: 10 classes of 200 to 200 samples",
    ]);
  });
});
