/** @file Penalties on weights: their size, their directions, and where they were before. */

import { z } from "zod";
import { sizeOf, type Tensor } from "../../graph/ops.ts";
import {
  abs,
  add,
  constant,
  div,
  matmul,
  mul,
  reshape,
  scalar,
  square,
  stopGradient,
  sub,
  sum,
} from "../../graph/tensor.ts";
import { pack } from "../../nn/pack.ts";
import { entry } from "../../util/registry.ts";
import type { GameView, Penalty, PlayerName } from "../penalty.ts";
import { every, player, weight } from "./options.ts";

/** Kernels and filters: what weight penalties act on. Biases, gains and a reconstructor are left alone. */
function weightsOf(view: GameView, who: PlayerName): Tensor[] {
  const names = [...view.parameters(who)].filter(
    ([name]) => name.endsWith("weight") && !name.startsWith("reconstructor/"),
  );
  return names.map(([, tensor]) => tensor);
}

const PLAYERS: readonly PlayerName[] = ["generator", "discriminator"];

const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b), scalar(0));

/** L1 weight penalty. */
export const l1 = entry({
  name: "l1",
  summary: "λ · Σ|w| over the player's kernels and filters (Keras's convention; no mean).",
  paper: "Tibshirani, Regression Shrinkage and Selection via the Lasso, 1996",
  options: z.strictObject({ lambda: weight(1e-5, "λ, the weight"), player: player("discriminator"), every }),
  create: ({ lambda, player, every }): Penalty => ({
    player,
    every,
    weight: lambda,
    term: (view, _, who) => total(weightsOf(view, who).map((w) => sum(abs(w)))),
  }),
});

/** L2 weight penalty. */
export const l2 = entry({
  name: "l2",
  summary: "λ · Σw² over the player's kernels and filters (Keras's convention: no half, no mean).",
  paper: "Hoerl and Kennard, Ridge Regression, 1970",
  options: z.strictObject({ lambda: weight(1e-4, "λ, the weight"), player: player("discriminator"), every }),
  create: ({ lambda, player, every }): Penalty => ({
    player,
    every,
    weight: lambda,
    term: (view, _, who) => total(weightsOf(view, who).map((w) => sum(square(w)))),
  }),
});

/** ‖W Wᵀ with its diagonal set to zero‖², W with a row for each entry of its first axis, as in BigGAN's code. */
function offDiagonal(w: Tensor): Tensor {
  const rows = w.shape[0]!;
  const matrix = reshape(w, [rows, sizeOf(w.shape) / rows]);
  const others = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 0 : 1));
  return sum(square(mul(matmul(matrix, matrix, { transposeB: true }), constant(others, [rows, rows]))));
}

/** Orthogonal regularisation. */
export const orthogonal = entry({
  name: "orthogonal",
  summary:
    "β · Σ‖W Wᵀ ⊙ (1 − I)‖² over the player's kernels and filters, one row of W for each output (for each input of a transposed convolution, as in BigGAN's code).",
  paper:
    "Brock, Donahue and Simonyan, Large Scale GAN Training for High Fidelity Natural Image Synthesis, 2019, equation 3",
  options: z.strictObject({ beta: weight(1e-4, "β, the weight"), player: player("generator"), every }),
  create: ({ beta, player, every }): Penalty => ({
    player,
    every,
    weight: beta,
    term: (view, _, who) => total(weightsOf(view, who).map(offDiagonal)),
  }),
});

/** Historical averaging. */
export const historicalAveraging = entry({
  name: "historical-averaging",
  summary: "λ · ‖θ − θ̄‖² over all parameters of the player, θ̄ the mean of all values they have had.",
  paper: "Salimans et al., Improved Techniques for Training GANs, 2016",
  options: z.strictObject({ lambda: weight(1e-3, "λ, the weight"), player: player("generator"), every }),
  create: ({ lambda, player, every }): Penalty => ({
    player,
    every,
    weight: lambda,
    slots: (lengths) =>
      Object.fromEntries(
        (player === "both" ? PLAYERS : [player]).flatMap((who) => [
          [`${who}/mean`, { shape: [lengths[who]], initial: 0 }],
          [`${who}/count`, { shape: [], initial: 0 }],
        ]),
      ),
    term: (view, slots, who) => {
      const now = pack([...view.parameters(who).values()]);
      const count = add(slots[`${who}/count`]!, 1);
      // mean + (now − mean) / count: the first value counts whole.
      const share = reshape(count, [1]);
      const before = slots[`${who}/mean`]!;
      const average = add(before, div(sub(now, before), share));
      return {
        term: sum(square(sub(now, stopGradient(average)))),
        slots: { [`${who}/mean`]: average, [`${who}/count`]: count },
      };
    },
  }),
});
