/** @file How large the gradient of each learned array was on the samples of the look, without penalties. */

import type { Probe } from "../probe.ts";

/** Sizes of gradients, array by array. */
export const layerGradients: Probe = {
  name: "layer-gradients",
  level: "full",
  signals: ["gradient/generator/*", "gradient/discriminator/*"],
  measure: ({ layerGradients: sizes = {} }) => ({
    values: Object.fromEntries(Object.entries(sizes).map(([name, size]) => [`gradient/${name}`, size])),
  }),
};
