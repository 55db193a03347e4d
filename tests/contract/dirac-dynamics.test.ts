/**
 * @file Every optimiser and every way of moving on the Dirac game: spectral radii, and trajectories of the real trainer.
 * Objectives and penalties are in dirac.test.ts, who converges and who does not in dirac-convergence.test.ts.
 */

import { describe, expect, it } from "vitest";
import type { Distribution } from "../../src/nn/module.ts";
import { optimizers } from "../../src/optim/optimizers.ts";
import { type Matrix, sumOf } from "../support/complex.ts";
import { away, expectMatrix, expectPath, expectRadius } from "../support/dirac-expect.ts";
import { dirac, jacobian, noiseOf, train } from "../support/dirac-game.ts";
import { optimizerTheory } from "../support/dirac-optimizers.ts";
import { handPlay, handWeightClip } from "../support/dirac-play.ts";
import { mapAtRest, radiusAtRest, spectrum } from "../support/dirac-radius.ts";
import { matrixAtRest, objectiveTheory, penaltyTheory, pullAtRest, unrolledRow } from "../support/dirac-theory.ts";

const START = { theta: 1.1, psi: 0.9 };
const logistic = objectiveTheory["non-saturating"]![0]!;
const bilinear = objectiveTheory.wasserstein![0]!;
const plainMatrix = matrixAtRest(logistic);
/** M with γ added to the discriminator's pull: R1. */
const withR1 = (gamma: number): Matrix =>
  sumOf(
    plainMatrix,
    [
      [0, 0],
      [0, 1],
    ],
    gamma,
  );
const both = (choice: object) => ({ generator: choice, discriminator: choice });
const r1 = (gamma: number) => ({ penalties: [{ name: "r1", gamma }] });

describe("optimisers", () => {
  it("are all known to theory", () => {
    const missing = Object.keys(optimizers).filter((name) => !(name in optimizerTheory));
    expect(
      missing.map((name) => `say what theory predicts for the optimizer "${name}" in dirac-optimizers.ts`),
    ).toEqual([]);
    expect(Object.keys(optimizerTheory).filter((name) => !(name in optimizers))).toEqual([]);
  });

  const rows = Object.entries(optimizerTheory).flatMap(([name, list]) =>
    list.map((theory) => ({ name, theory, options: JSON.stringify(theory.options) })),
  );
  const h = 0.2;
  const game = (name: string, options: object, mode: string) =>
    dirac({ optimizer: both({ name, lr: h, ...options }), updates: { mode } }, h, START);

  it.each(rows.filter(({ theory }) => theory.radius))(
    "$name $options has the radius of theory",
    ({ name, theory, options: _ }) => {
      const { slots = [], held = {}, steps = 1 } = theory;
      const arrays = (slot: string) => [`optim/generator/${slot}`, `optim/discriminator/${slot}`];
      const found = jacobian(game(name, theory.options, "simultaneous"), {
        vary: ["generator", "discriminator", ...slots.flatMap(arrays)],
        held: Object.fromEntries(Object.entries(held).flatMap(([slot, x]) => arrays(slot).map((array) => [array, x]))),
        // √v is of the size of the span.
        span: 1e-7,
        steps,
      });
      expectRadius(found, Math.max(...spectrum(plainMatrix).map((mu) => theory.radius!(mu, h))));
    },
  );

  describe.each(["simultaneous", "alternating", "extragradient"] as const)("%s", (mode) => {
    it.each(rows)("$name $options moves as by hand", async ({ name, theory }) => {
      // Where the size of the update does not depend on the gradient's, rounding tells once the gradient is small.
      const steps = theory.radius ? 40 : 25;
      const player = () => ({
        rate: h,
        stepper: theory.stepper(),
        ...(theory.settling && { settling: theory.settling() }),
      });
      const players = { generator: player(), discriminator: player() };
      const wanted = handPlay({ objective: logistic, mode, players, start: START }, steps);
      expectPath(await train(game(name, theory.options, mode), steps), wanted);
    });
  });
});

/** The published figures: learning rate, then the radius of each method at a = 1/2. */
const columns = [
  "simultaneous",
  "alternating",
  "R1 0.3",
  "R1 1",
  "R1 10",
  "extragradient",
  "optimistic",
  "consensus 1",
];
const table: readonly (readonly number[])[] = [
  [0.1, 1.00125, 1.0, 0.98615, 0.95, 0.99749, 0.99875, 0.99875, 0.97628],
  [0.2, 1.00499, 1.0, 0.97468, 0.9, 0.99499, 0.99504, 0.99494, 0.95525],
  [0.5, 1.03078, 1.0, 0.95525, 0.75, 3.98747, 0.97026, 0.96593, 0.91001],
  [1.0, 1.11803, 1.0, 0.97468, 0.5, 8.97494, 0.90139, Math.SQRT1_2, 0.90139],
];

describe("the table of radii", () => {
  const found = (column: string, h: number) => {
    const [method, strength] = column.split(" ");
    const optimizer = both({ name: "sgd", lr: h, optimistic: method === "optimistic" });
    const penalties =
      method === "R1"
        ? [{ name: "r1", gamma: Number(strength) }]
        : method === "consensus"
          ? [{ name: "consensus" }]
          : [];
    const mode = method === "alternating" || method === "extragradient" ? method : "simultaneous";
    const slots = method === "optimistic" ? ["optim/generator/previous", "optim/discriminator/previous"] : [];
    return jacobian(dirac({ optimizer, penalties, updates: { mode } }, h), {
      vary: ["generator", "discriminator", ...slots],
    });
  };

  it.each(table)("holds at the learning rate %d", (h, ...radii) => {
    columns.forEach((column, i) => {
      // Printed with five decimals.
      expectRadius(found(column, h!), radii[i]!);
    });
  });

  it.each([
    [0, "2.0268"],
    [0.3, "4.6e-4"],
    [1, "4.9e-12"],
  ])("holds after 300 simultaneous steps with R1 γ = %d", async (gamma, printed) => {
    const start = { theta: 1, psi: 1 };
    const path = await train(
      dirac({ objective: "minimax", updates: { mode: "simultaneous" }, ...(gamma > 0 && r1(gamma)) }, 0.2, start),
      300,
    );
    const ratio = away(path.at(-1)!) / away(start);
    const digits = printed.replace(/e.*$/, "").replace(".", "").length;
    expect(Number(ratio.toPrecision(digits))).toBe(Number(printed));
  });
});

describe("two time scales and unequal steps", () => {
  const rates = (g: number, d: number) => ({
    generator: { name: "sgd", lr: g },
    discriminator: { name: "sgd", lr: d },
  });

  it.each([
    [0.1, 0.4],
    [0.5, 0.05],
    [1, 3],
  ])("has the radius of theory with the rates %d and %d", async (g, d) => {
    const m: Matrix = [
      [0, -g / 2],
      [d / 2, 0],
    ];
    for (const mode of ["simultaneous", "alternating"] as const) {
      const game = dirac({ optimizer: rates(g, d), updates: { mode } }, 1, START);
      const found = jacobian(game);
      expectMatrix(found, mapAtRest(m, 1, mode));
      // √(1 + h_G h_D a²) at once; in turn 1, as √(h_G h_D) a is at most 2.
      expectRadius(found, mode === "simultaneous" ? Math.sqrt(1 + (g * d) / 4) : 1);
      const players = { generator: { rate: g }, discriminator: { rate: d } };
      expectPath(await train(game, 40), handPlay({ objective: logistic, mode, players, start: START }, 40));
    }
  });

  it.each([
    [3, 1, 0.2, 1],
    [1, 3, 0.2, 1],
    [5, 1, 0.3, 1],
    [1, 1, 3.99, 1],
    // h a √(n m) above 2: λ + 1/λ = 2 − n m h² a².
    [1, 1, 4.2, 1.877],
    [3, 1, 2.4, undefined],
    [1, 4, 2.1, undefined],
  ])("has the radius of theory with %d discriminator and %d generator steps at the rate %d", (n, m, h, stated) => {
    const found = jacobian(dirac({ updates: { discriminatorSteps: n, generatorSteps: m } }, h));
    const trace = 2 - (n * m * h * h) / 4;
    const wanted = trace >= -2 ? 1 : (-trace + Math.sqrt(trace * trace - 4)) / 2;
    expectRadius(found, wanted);
    if (stated !== undefined) expect(wanted).toBeCloseTo(stated, 3);
    expect(wanted > 1).toBe(h * Math.sqrt(n * m) > 4);
  });
});

describe("R1 has a largest learning rate", () => {
  it.each([
    // h < γ / a² where the players still circle,
    [0.3, 1.2],
    [0.5, 2],
    // h < 2 / (γ/2 + √(γ²/4 − a²)) where they do not.
    [10, 0.2005],
    [2, 2 / (1 + Math.sqrt(0.75))],
  ])("γ = %d: below %d it converges, above not", (gamma, limit) => {
    const radius = (h: number) => {
      const wanted = radiusAtRest(withR1(gamma), h, "simultaneous");
      expectRadius(jacobian(dirac({ ...r1(gamma), updates: { mode: "simultaneous" } }, h)), wanted);
      return wanted;
    };
    expect(radius(limit * 0.99)).toBeLessThan(1);
    expect(radius(limit * 1.01)).toBeGreaterThan(1);
  });

  it("adds up with R2: R1 and R2 of γ are R1 of 2γ", () => {
    const found = jacobian(
      dirac({ penalties: ["r1", "r2"].map((name) => ({ name, gamma: 0.25 })), updates: { mode: "simultaneous" } }, 0.3),
    );
    expectMatrix(found, mapAtRest(withR1(0.5), 0.3, "simultaneous"));
  });
});

describe("the unrolled discriminator", () => {
  const h = 0.2;
  const rows = [
    { steps: 1, optimizer: "own", gamma: 0 },
    { steps: 5, optimizer: "own", gamma: 0 },
    { steps: 3, optimizer: "sgd", gamma: 0, lr: 0.5 },
    { steps: 5, optimizer: "sgd", gamma: 0.5 },
  ];
  describe.each(["simultaneous", "alternating"] as const)("%s", (mode) => {
    it.each(rows)("has the radius and the path of theory with $steps steps by $optimizer, R1 $gamma", async (row) => {
      const { steps, optimizer, gamma, lr } = row;
      const unroll = { steps, optimizer, ...(lr !== undefined && { lr }) };
      const game = dirac({ updates: { mode, unroll }, ...(gamma > 0 && r1(gamma)) }, h, START);
      const inner = { steps, rate: lr ?? h, gamma };
      const m: Matrix = [unrolledRow(pullAtRest(logistic), inner), withR1(gamma)[1]!];
      const found = jacobian(game);
      expectMatrix(found, mapAtRest(m, h, mode));
      const radius = radiusAtRest(m, h, mode);
      expectRadius(found, radius);
      expect(radius).toBeLessThan(0.999);
      const penalties =
        gamma > 0 ? [{ ...penaltyTheory.r1![0]!, gradient: ({ psi }: { psi: number }) => ({ psi: gamma * psi }) }] : [];
      const players = { generator: { rate: h }, discriminator: { rate: h } };
      const wanted = handPlay({ objective: logistic, penalties, mode, players, start: START, unroll: inner }, 40);
      expectPath(await train(game, 40), wanted);
    });
  });
});

describe("instance noise", () => {
  const normal: Distribution = { kind: "normal" };
  const config = (mode: string, sigma: number) => ({ instanceNoise: { sigma, until: 1 }, updates: { mode }, batch: 8 });

  it.each(["simultaneous", "alternating", "extragradient"] as const)("%s has the radius of theory", (mode) => {
    const [h, sigma] = [0.2, 0.7];
    const subject = dirac(config(mode, sigma), h);
    const found = jacobian(subject, {
      // Mean 0 and mean square 1: all that the derivative at the equilibrium sees of a standard normal distribution.
      noise: ({ name, shape }) =>
        Float64Array.from({ length: shape[0]! }, (_, i) => (name.endsWith("/noise") ? 1 - 2 * (i % 2) : i)),
      scalar: ({ name }) => (name === "instanceNoise/sigma" ? sigma : h),
    });
    // Both sides add −f''(0) σ² = σ²/4 to the discriminator's own pull.
    const m = withR1(sigma ** 2 / 2);
    expectMatrix(found, mapAtRest(m, h, mode));
    expectRadius(found, radiusAtRest(m, h, mode));
    // In continuous time −0.1225 ± 0.4848 i.
    const [first] = spectrum(m);
    expect(-first.re).toBeCloseTo(-0.1225, 4);
    expect(Math.abs(first.im)).toBeCloseTo(0.4848, 4);
  });

  it.each(["simultaneous", "alternating", "extragradient"] as const)(
    "%s follows the noise that is drawn, as it fades",
    async (mode) => {
      const [h, sigma, steps] = [0.2, 0.7, 40];
      const logisticAt = (s: number) => 1 / (1 + Math.exp(-s));
      const drawn = (name: string, draw: number) => [
        ...noiseOf({ name: `random/${name}/noise`, shape: [8, 1], distribution: normal }, draw),
      ];
      const mean = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
      const players = { generator: { rate: h }, discriminator: { rate: h } };
      const wanted = handPlay(
        {
          objective: logistic,
          mode,
          players,
          start: START,
          field: ({ theta, psi }, phase, half) => {
            const width = sigma * (1 - phase / steps);
            const [reals, fakes] = (["real", "fake"] as const).map((side) =>
              drawn(`${half}/${side}`, phase).map((x) => width * x + (side === "fake" ? theta : 0)),
            ) as [number[], number[]];
            return {
              theta: mean(fakes.map((x) => -logisticAt(-psi * x) * psi)),
              psi: mean(reals.map((x) => -logisticAt(-psi * x) * x)) + mean(fakes.map((x) => logisticAt(psi * x) * x)),
            };
          },
        },
        steps,
      );
      expectPath(await train(dirac(config(mode, sigma), h, START), steps), wanted);
    },
  );
});

describe("consistency under jitter", () => {
  const [h, jitter] = [0.2, 0.7];
  // λ E(ψ x − ψ(x + σε))² = λ σ² ψ² for each side that is asked.
  const rows = [
    { penalty: { name: "consistency", lambda: 0.4, jitter }, weight: 2 * 0.4 * jitter ** 2 },
    {
      penalty: { name: "balanced-consistency", lambdaReal: 0.4, lambdaFake: 0.3, jitter },
      weight: 2 * 0.7 * jitter ** 2,
    },
  ];
  describe.each(["simultaneous", "alternating", "extragradient"] as const)("%s", (mode) => {
    it.each(rows)(
      "holds the discriminator as R1 of the mean of what is drawn would: $penalty",
      ({ penalty, weight }) => {
        const found = jacobian(dirac({ penalties: [penalty], updates: { mode } }, h), {
          // Mean square 1.
          noise: ({ name, shape }) =>
            Float64Array.from({ length: shape[0]! }, (_, i) => (name.endsWith("/jitter") ? 1 - 2 * (i % 2) : i)),
        });
        expectMatrix(found, mapAtRest(withR1(weight), h, mode));
        expectRadius(found, radiusAtRest(withR1(weight), h, mode));
      },
    );
  });
});

describe("clipped weights", () => {
  it.each(["simultaneous", "alternating", "extragradient"] as const)(
    "%s keeps the critic within its limit, as by hand",
    async (mode) => {
      const [h, limit, start] = [0.2, 0.25, { theta: 0.7, psi: 0.1 }];
      const game = dirac(
        {
          objective: "wasserstein",
          optimizer: {
            generator: { name: "sgd", lr: h },
            discriminator: { name: "sgd", lr: h, clip: { weights: limit } },
          },
          updates: { mode },
        },
        h,
        start,
      );
      // Not felt at the equilibrium.
      expectRadius(jacobian(game), radiusAtRest(matrixAtRest(bilinear), h, mode));
      const players = { generator: { rate: h }, discriminator: { rate: h, settling: handWeightClip(limit) } };
      const path = await train(game, 60);
      expectPath(path, handPlay({ objective: bilinear, mode, players, start }, 60));
      expect(Math.max(...path.map(({ psi }) => Math.abs(psi)))).toBeCloseTo(limit, 6);
    },
  );
});

describe("accumulated gradients", () => {
  it.each(["simultaneous", "alternating"] as const)("%s moves as without, where batches are alike", async (mode) => {
    const h = 0.2;
    const game = dirac({ updates: { mode, accumulate: 3 }, ...r1(0.25) }, h, START);
    expectMatrix(jacobian(game), mapAtRest(withR1(0.25), h, mode));
    const players = { generator: { rate: h }, discriminator: { rate: h } };
    const wanted = handPlay(
      { objective: logistic, penalties: [penaltyTheory.r1![0]!], mode, players, start: START },
      30,
    );
    const path = await train(game, 30);
    // In turn, each player's move is a phase of its own.
    expectPath(mode === "alternating" ? path.filter((_, i) => i % 2 === 1) : path, wanted);
  });
});

describe("the theory itself", () => {
  it("has the same radii in closed form and by the matrix", () => {
    for (const gamma of [0, 0.3, 1, 10]) {
      for (const h of [0.05, 0.2, 1]) {
        for (const mode of ["simultaneous", "alternating", "extragradient", "optimistic"] as const) {
          const m = withR1(gamma);
          expectRadius(mapAtRest(m, h, mode), radiusAtRest(m, h, mode));
        }
      }
    }
  });
});
