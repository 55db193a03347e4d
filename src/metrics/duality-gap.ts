/** @file The row of the duality gap: a figure of a game, not of samples. */

import { z } from "zod";
import { entry } from "../util/registry.ts";
import type { Metric } from "./metric.ts";

/** Duality gap. */
export const dualityGap = entry({
  name: "duality-gap",
  summary:
    "What the players could still win: max over D of M less min over G of M, M = E log D(x) + E log(1 − D(G(z))), each from the weights as they are (never their moving average) by a fixed number of updates on held-out reals. Small is good; 0 at an equilibrium.",
  paper: "Grnarova et al., A Domain Agnostic Measure for Monitoring and Evaluating GANs, 2019",
  options: z.strictObject({
    steps: z
      .int()
      .min(1)
      .default(200)
      .describe("updates of each side: a budget that figures to be compared must share"),
    lr: z
      .number()
      .positive()
      .optional()
      .describe("learning rate of both sides; default each player's own, unscheduled"),
    samples: z.int().min(2).default(2048).describe("reals and fakes that M is measured on"),
  }),
  create: ({ samples, ...options }): Metric => ({
    better: "small",
    figures: {
      "duality-gap": "small",
      value: null,
      "discriminator-gain": "small",
      "generator-gain": "small",
      steps: null,
    },
    needs: ["game"],
    uses: "samples",
    draws: samples,
    compute: async ({ game, seed }) => {
      const found = await game!.dualityGap({ ...options, samples, seed });
      return {
        "duality-gap": { value: found.gap, standardError: found.standardError, ideal: 0 },
        value: { value: found.value, ideal: -2 * Math.LN2 },
        "discriminator-gain": { value: found.discriminatorGain, ideal: 0 },
        "generator-gain": { value: found.generatorGain, ideal: 0 },
        steps: { value: options.steps },
      };
    },
  }),
});
