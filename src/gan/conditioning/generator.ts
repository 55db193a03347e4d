/** @file Telling a generator what it is asked for. */

import type { Tensor } from "../../graph/ops.ts";
import { concat } from "../../graph/tensor.ts";
import { withContext } from "../../nn/context.ts";
import { dense } from "../../nn/dense.ts";
import { normal } from "../../nn/init.ts";
import { applyLayer, type Context, type Layer } from "../../nn/module.ts";
import { ConfigError } from "../../util/errors.ts";
import type { GeneratorWay } from "./options.ts";

/** What the network is asked for, f32[N, K]. @throws ConfigError in a game without condition. */
export function askedOf(context: Context): Tensor {
  if (context.condition !== undefined) return context.condition;
  throw new ConfigError("the network is to heed a condition, but the game has none", {
    help: "give createGame a `condition`",
  });
}

/** A table of `size` learned numbers for each class (PyTorch's initial values, N(0, 1)): a dense layer on one-hot labels. */
export const embed = (size: number, spectral = false): Layer => dense(size, { bias: false, init: normal(1), spectral });

/**
 * `body`, a generator of f32[N, latent], told its condition f32[N, K].
 *
 * - `concat`: body([z, y]). Mirza and Osindero, "Conditional Generative Adversarial Nets" (2014).
 * - `embedding`: body([z, E y]) with a learned E, `embedding/weight` [size, K].
 * - `norm`, `native`: body(z), whose own layers look at the condition.
 * - `none`: body(z), which does not see it.
 *
 * @param size Length of the learned vectors. Default 64.
 */
export function conditionGenerator(body: Layer, way: GeneratorWay, size = 64): Layer {
  if (way === "norm" || way === "native") return body;
  return {
    kind: body.kind,
    apply(z, context) {
      const inner = withContext(context, { condition: undefined });
      if (way === "none") return body.apply(z, inner);
      const asked = askedOf(context);
      const told = way === "concat" ? asked : applyLayer(embed(size), "embedding", asked, context);
      return body.apply(concat([z, told], 1), inner);
    },
  };
}
