/** @file Where a discriminator's features are. */

import type { Layer } from "./module.ts";

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
