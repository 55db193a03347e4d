/**
 * @file Who converges on the Dirac game and who does not, over hundreds of steps of the real trainer; the guide's table; and
 * the same moves computed by ONNX Runtime.
 */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { away, expectPath, expectRadius, TOLERANCE } from "../support/dirac-expect.ts";
import { dirac, jacobian, train } from "../support/dirac-game.ts";
import { handPlay } from "../support/dirac-play.ts";
import { type Mode, radiusAtRest } from "../support/dirac-radius.ts";
import { matrixAtRest, objectiveTheory, penaltyTheory } from "../support/dirac-theory.ts";

const START = { theta: 1.1, psi: 0.9 };
const logistic = objectiveTheory["non-saturating"]![0]!;
const bilinear = objectiveTheory.wasserstein![0]!;
const both = (choice: object) => ({ generator: choice, discriminator: choice });
const r1 = (gamma: number) => ({ penalties: [{ name: "r1", gamma }] });

describe("who converges", () => {
  const h = 0.2;
  const optimistic = { optimizer: both({ name: "sgd", lr: h, optimistic: true }) };
  const modes = (raw: object, ...list: Mode[]) => list.map((mode) => ({ ...raw, updates: { mode } }));
  const turns = ["simultaneous", "alternating"] as const;

  it.each([
    ...modes({ objective: "minimax" }, ...turns),
    ...modes({ objective: "non-saturating" }, ...turns),
    ...modes({ objective: "relativistic" }, ...turns),
    ...modes({ objective: "relativistic-average" }, ...turns),
    ...modes({ objective: "least-squares" }, "alternating"),
    ...modes({ optimizer: both({ name: "sgd", lr: h, momentum: 0.5 }) }, ...turns),
    ...modes({ objective: "wasserstein" }, "alternating"),
    ...modes({ objective: "hinge" }, "alternating"),
    ...modes({ objective: "wasserstein", penalties: [{ name: "wgan-gp", lambda: 1 }] }, ...turns),
    ...modes({ penalties: [{ name: "wgan-gp", lambda: 1 }] }, ...turns),
    ...modes({ penalties: [{ name: "dragan", lambda: 1 }] }, ...turns),
    ...modes({ penalties: [{ name: "lecam", lambda: 0.3 }] }, ...turns),
    ...modes(
      {
        objective: "wasserstein",
        optimizer: { generator: { name: "sgd", lr: h }, discriminator: { name: "sgd", lr: h, clip: { weights: 0.5 } } },
      },
      ...turns,
    ),
  ])("%j does not", async (raw) => {
    const path = await train(dirac(raw, h, START), 300);
    // Not at the end, nor at any time of the last hundred steps.
    expect(Math.min(...path.slice(200).map(away))).toBeGreaterThan(0.1);
  });

  it.each([
    ...modes(r1(0.3), ...turns),
    ...modes({ objective: "wasserstein", ...r1(1) }, ...turns),
    ...modes({ penalties: ["r1", "r2"] }, ...turns),
    ...modes({ objective: "relativistic", penalties: ["r1", "r2"] }, ...turns),
    ...modes({ penalties: ["consensus"] }, ...turns),
    ...modes({ objective: "wasserstein" }, "extragradient"),
    ...modes({ objective: "hinge" }, "extragradient"),
    ...modes({ objective: "wasserstein", ...optimistic }, "simultaneous"),
    ...modes({ batch: 1024, instanceNoise: { sigma: 1, until: 1 } }, ...turns),
    { updates: { mode: "alternating", unroll: { steps: 5 } } },
    { updates: { mode: "simultaneous", unroll: { steps: 5 } } },
  ])("%j does", async (raw) => {
    const path = await train(dirac(raw, h, START), 300);
    expect(Math.max(...path.slice(200).map(away))).toBeLessThan(0.05);
  });

  it.each([
    ["simultaneous", Math.sqrt(1 + h * h)],
    ["extragradient", Math.sqrt(1 - h * h + h ** 4)],
  ] as const)("a bilinear game, %s, by its radius at every step", async (mode, radius) => {
    expect(radiusAtRest(matrixAtRest(bilinear), h, mode)).toBeCloseTo(radius, 12);
    const path = await train(dirac({ objective: "wasserstein", updates: { mode } }, h, START), 200);
    path.forEach((at, i) => {
      const mean = (away(at) / away(START)) ** (1 / (i + 1));
      expect(Math.abs(mean - radius), `after step ${i + 1}`).toBeLessThan(TOLERANCE);
    });
  });

  it.each([
    ["R1 with too large a weight for its rate", { ...r1(10), updates: { mode: "simultaneous" } }, 0.5, 3.98747],
    ["alternating at too large a rate", { objective: "wasserstein" }, 2.1, 1.877],
  ])("%s grows by its radius", async (_, raw, rate, radius) => {
    const path = await train(dirac(raw, rate, { theta: 1e-6, psi: 1e-6 }), 8);
    const growth = away(path.at(-1)!) / away(path.at(-2)!);
    expect(growth).toBeCloseTo(radius, 2);
  });
});

describe("the table of the guide", () => {
  const page = readFileSync(new URL("../../docs/guide/how-players-move.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$/gm)];
  const rates = [0.1, 0.2, 0.5, 1];

  /** What a row's label stands for. */
  function subject(label: string, h: number) {
    const [mode] = label.split(",") as [string];
    const gamma = /γ = ([\d.]+)/.exec(label)?.[1];
    const steps = /unroll.steps` (\d+)/.exec(label)?.[1];
    const penalty = /`(r1|consensus)`/.exec(label)?.[1];
    return dirac(
      {
        updates: { mode, ...(steps !== undefined && { unroll: { steps: Number(steps) } }) },
        penalties: penalty === undefined ? [] : [{ name: penalty, gamma: Number(gamma) }],
        optimizer: both({ name: "sgd", lr: h, optimistic: label.includes("optimistic") }),
      },
      h,
    );
  }

  it("has a row for each way", () => {
    expect(rows.map(([, label]) => label)).toHaveLength(10);
  });

  it.each(rows.map(([, label, ...radii]) => [label!, radii.map(Number)] as const))(
    "is measured: %s",
    (label, radii) => {
      const slots = label.includes("optimistic") ? ["optim/generator/previous", "optim/discriminator/previous"] : [];
      rates.forEach((h, i) => {
        const vary = ["generator", "discriminator", ...slots];
        expectRadius(jacobian(subject(label, h), { vary }), radii[i]!);
      });
    },
  );
});

describe("by ONNX Runtime", () => {
  it.each(["simultaneous", "alternating", "extragradient", "unrolled", "accumulated"])(
    "%s moves as by hand",
    async (way) => {
      const h = 0.2;
      const mode = way === "simultaneous" || way === "extragradient" ? way : "alternating";
      const updates = {
        mode,
        ...(way === "unrolled" && { unroll: { steps: 4 } }),
        ...(way === "accumulated" && { accumulate: 2 }),
      };
      const path = await train(dirac({ updates, ...r1(0.25) }, h, START), 30, await nodeBackend({ threads: 1 }));
      const players = { generator: { rate: h }, discriminator: { rate: h } };
      const unroll = way === "unrolled" ? { unroll: { steps: 4, rate: h, gamma: 0.25 } } : {};
      const wanted = handPlay(
        { objective: logistic, penalties: [penaltyTheory.r1![0]!], mode, players, start: START, ...unroll },
        30,
      );
      expectPath(way === "accumulated" ? path.filter((_, i) => i % 2 === 1) : path, wanted);
    },
  );
});
