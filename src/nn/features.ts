/** @file Where a discriminator's features are, and what a layer put on them is like. */

import type { DenseOptions } from "./dense.ts";
import type { Layer } from "./module.ts";

/** What a layer is like that is put on a discriminator's features beside its last one. */
export interface HeadOptions extends DenseOptions {
  /**
   * How features [N, C, H, W] become a vector: summed over space, which suits a network that pools before its last layer, or
   * laid out in a row, for one whose last layer has weights of its own for every place. Default `sum`.
   */
  readonly space?: "sum" | "flatten";
}

/**
 * Shows what passes as `features`: put before a discriminator's last layer, it is what feature matching compares and what
 * projections, class heads and the like are computed from. Changes nothing.
 */
export const showFeatures = (): Layer => ({
  kind: "features",
  apply(x, context) {
    context.show("features", x);
    return x;
  },
});
