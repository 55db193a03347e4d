/** @file Dropout. */

import * as t from "../graph/tensor.ts";
import { ConfigError } from "../util/errors.ts";
import type { Layer } from "./module.ts";

/**
 * Sets a share `rate` (0 to below 1) of the elements to zero while training and divides the rest by 1 - rate; does nothing
 * while sampling. The rate's resolution is 2^-16. Srivastava et al., "Dropout" (2014).
 */
export function dropout(rate: number): Layer {
  if (!(rate >= 0 && rate < 1)) throw new ConfigError(`dropout: the rate must be at least 0 and below 1, got ${rate}`);
  return {
    kind: "dropout",
    apply(x, context) {
      if (!context.training || rate === 0) return x;
      const keep = t.cast(context.random("mask", x.shape, { kind: "bernoulli", p: 1 - rate }), "f32");
      return t.mul(x, t.mul(keep, 1 / (1 - rate)));
    },
  };
}
