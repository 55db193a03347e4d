/**
 * @file How large gradients were on the samples of the look, without penalties: of the logit by each sample, and of each player's objective
 * by each learned array. They cost backward passes, and no diagnosis reads them.
 */

import { mean } from "../../../util/averages.ts";
import { present } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";

/** Slopes of the discriminator, and sizes of gradients array by array. */
export const gradients: Probe = {
  name: "gradients",
  level: "full",
  signals: ["input-gradient/*", "gradient/generator/*", "gradient/discriminator/*"],
  measure: ({ inputGradients, layerGradients: sizes = {} }) => ({
    values: {
      ...present({
        "input-gradient/real": inputGradients && mean(inputGradients.real),
        "input-gradient/fake": inputGradients && mean(inputGradients.fake),
      }),
      ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [`gradient/${name}`, size])),
    },
  }),
};
