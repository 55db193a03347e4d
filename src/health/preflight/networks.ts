/** @file Checks of the networks: who is the stronger, and whether a batch is enough for what looks at it. */

import { isBounded } from "../bounded.ts";
import { type Check, type Finding, found, ok, short } from "./check.ts";

/** Discriminator over generator, in parameters, below which modes are lost: half the width is a quarter of the parameters. */
const WEAK = 1 / 4;
/** And above which an unbounded discriminator soon knows too much. Our own figure: papers give none. */
const STRONG = 10;
/** Rows from which statistics over a batch are steady enough. */
const STEADY_ROWS = 16;
/** Share of the data in one batch from which every batch is nearly all there is. */
const LARGE_SHARE = 0.1;

/** Whether the players are of about one size. */
export const balance: Check = {
  name: "balance",
  title: "The players are a match for each other",
  looksAt: "parameters of the discriminator over those of the generator behind the layer that lays the latent out",
  run: ({ config, generator, discriminator }) => {
    // That layer is large and does little: in a DCGAN of 28 pixels it holds nine tenths of the generator.
    const behind = Math.max(1, generator.parameters - generator.first);
    const ratio = discriminator.parameters / behind;
    const numbers = `the discriminator has ${discriminator.parameters} parameters, the generator ${behind} behind its first layer`;
    if (ratio < WEAK) {
      return [
        found(
          "warning",
          `${numbers}: ${short(1 / ratio)} times as many. Discriminators of half the generator's width or less, a quarter of its parameters, miss modes even where the losses look balanced`,
          "widen the discriminator or narrow the generator; else packing=2 or penalties r1 and r2 with the relativistic objective",
          "mode-collapse",
        ),
      ];
    }
    if (ratio > STRONG && !isBounded(config)) {
      return [
        found(
          "warning",
          `${numbers}: ${short(ratio)} times fewer, and nothing bounds the discriminator's slope`,
          "add penalties=r1, or narrow the discriminator",
          "vanishing-gradient",
        ),
      ];
    }
    return [ok(`${numbers}: 1 to ${short(ratio)}`)];
  },
};

/** Whether batches are large enough for what looks at them, and small enough for the data. */
export const batch: Check = {
  name: "batch",
  title: "The batch fits",
  looksAt: "the batch beside batch normalisation, packing, minibatch statistics, and the number of samples",
  run: ({ config, data, generator, discriminator }) => {
    const { batch: size, packing, model } = config;
    const out: Finding[] = [];
    const normed = [generator.batchNorm && "generator", discriminator.batchNorm && "discriminator"].filter(Boolean);
    if (normed.length > 0 && size < STEADY_ROWS) {
      out.push(
        found(
          "warning",
          `the ${normed.join(" and the ")} normalise${normed.length > 1 ? "" : "s"} over a batch of only ${size}: the samples of a batch come to look alike`,
          `set batch to at least ${STEADY_ROWS}${discriminator.batchNorm ? ', or model.norm to "none" or "spectral"' : ""}`,
          "oscillation",
        ),
      );
    }
    const packs = size / packing;
    if (packing > 1 && packs < STEADY_ROWS) {
      out.push(
        found(
          "warning",
          `packs of ${packing} leave ${packs} judgements a batch`,
          `set batch to at least ${STEADY_ROWS * packing}, or packing to 1`,
          "oscillation",
        ),
      );
    }
    if (model.minibatch === "discrimination" && packs < STEADY_ROWS) {
      out.push(
        found(
          "warning",
          `minibatch discrimination compares only ${packs} rows`,
          `set batch to at least ${STEADY_ROWS * packing}`,
          "mode-collapse",
        ),
      );
    }
    if (size > LARGE_SHARE * data.count) {
      out.push(
        found(
          "info",
          `a batch of ${size} is ${Math.round((100 * size) / data.count)} % of all ${data.count} samples`,
          data.count === 1
            ? "one sample shows no distribution: give more"
            : "a smaller batch sees more variety from step to step; all in one batch is for test beds",
          "discriminator-overfitting",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`batches of ${size} of ${data.count} samples`)];
  },
};
