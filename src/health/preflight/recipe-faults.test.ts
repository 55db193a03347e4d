/** @file A planted fault of networks and config for every check that looks at them. */

import { describe, expect, it } from "vitest";
import { adam, dcgan, dots, type Faults, foundBy, images, many } from "../../../tests/support/planted-preflight.ts";
import { parseConfig } from "../../config/config.ts";
import { REMEDIES } from "../remedies.ts";

describe.each<readonly [check: string, faults: Faults]>([
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
        "a generator that runs ahead",
        { dataset: dots, raw: { updates: { generatorSteps: 5, discriminatorSteps: 2 } } },
        /^warning mode-collapse: the generator moves 5 times against 2 of the discriminator/,
      ],
      [
        "thirty times the rate",
        { dataset: dots, raw: adam({ lr: 6e-3 }) },
        /^warning numerical-divergence: optimizer.generator.lr is 0.006/,
      ],
      [
        "a rate that moves nothing",
        { dataset: dots, raw: adam({ lr: 1e-7 }) },
        /^warning stalled: .* in 12000 steps no weight can move by more than 0.00063/,
      ],
      [
        "a rate that moves nothing in five moves a step",
        { dataset: dots, raw: { ...adam({ lr: 1e-7 }), updates: { generatorSteps: 5 } } },
        /^warning stalled: optimizer.generator.lr is 1e-7: in 12000 steps no weight can move by more than 0.00315/,
      ],
      [
        "rates far apart",
        { dataset: dots, raw: adam({ lr: 2e-5 }) },
        /^info vanishing-gradient: learning rates are 100 times apart/,
      ],
      [
        "a rate that rises",
        { dataset: dots, raw: adam({ schedule: { kind: "exponential", final: 300 } }) },
        /^warning oscillation: optimizer.generator.lr rises from 0.002 to 0.6/,
      ],
      [
        "momentum of plain descent",
        { dataset: dots, raw: { optimizer: { generator: { name: "sgd", lr: 0.01, momentum: 0.9 } } } },
        /^warning oscillation: optimizer.generator.momentum is 0.9/,
      ],
      [
        "a discriminator that lags",
        { dataset: dots, raw: adam({ lr: 4.5e-3 }) },
        /^info discriminator-underfitting: the generator learns at 2.25 times the discriminator's rate/,
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
      [
        "no look before the end",
        { dataset: dots, raw: { steps: 500, health: { every: 1000 } } },
        /^info: a look is taken every 1000 steps, and there are 500/,
      ],
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

describe("what a remedy takes for the fault of a config", () => {
  const of = (optimizer: object, discriminator = optimizer) => ({ optimizer: { generator: optimizer, discriminator } });
  const faults: readonly (readonly [
    fault: string,
    raw: Readonly<Record<string, unknown>>,
    remedy: string,
    named: RegExp,
  ])[] = [
    ["a rate too high", of({ name: "adam", lr: 1.1e-2 }), "recommended-optimizers", /lr is 0.011: published/],
    ["a rate too low", of({ name: "adam", lr: 4e-6 }), "recommended-optimizers", /lr is 0.000004: /],
    ["a rate of plain descent", of({ name: "sgd", lr: 0.2 }), "recommended-optimizers", /lr is 0.2: no published/],
    [
      "rates eleven times apart",
      of({ name: "adam", lr: 2.2e-3 }, { name: "adam", lr: 2e-4 }),
      "recommended-optimizers",
      /learning rates are 11 times apart/,
    ],
    [
      "a discriminator at two fifths",
      of({ name: "adam", lr: 5e-4 }, { name: "rmsprop", lr: 2e-4 }),
      "faster-discriminator",
      /the generator learns at 2.5 times/,
    ],
    ["momentum of 0.6", of({ name: "adam", beta1: 0.6 }), "lower-momentum", /beta1 is 0.6/],
    [
      "a rate that rises twofold",
      of({ name: "adam", lr: 2e-4, schedule: { kind: "linear", final: 2 } }),
      "decay-rates",
      /lr rises from 0.0002 to 0.0004/,
    ],
    ["a generator that moves twice", { updates: { generatorSteps: 2 } }, "fewer-generator-steps", /moves 2 times/],
    ["both at once", { updates: { mode: "simultaneous" } }, "alternate", /both players move at once/],
    ["a saturating loss", { objective: "minimax" }, "non-saturating", /the objective minimax/],
    ["a critic without bound", { objective: "wasserstein", penalties: [] }, "relativistic-r1-r2", /has no least value/],
  ];

  it.each(faults)("is named before the training: %s", (_, raw, remedy, named) => {
    const config = parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100_000, ...raw });
    expect(REMEDIES.filter(({ mends }) => mends?.(config)).map(({ name }) => name)).toContain(remedy);
    const found = [...foundBy("optimizers", { dataset: dots, raw }), ...foundBy("objective", { dataset: dots, raw })];
    expect(found.filter((text) => named.test(text) && !text.startsWith("ok")).length).toBeGreaterThan(0);
  });

  it("is every such fault", () => {
    const mending = REMEDIES.filter(({ mends }) => mends !== undefined).map(({ name }) => name);
    expect([...new Set(faults.map(([, , remedy]) => remedy))].sort()).toEqual(mending.sort());
  });
});
