/** @file Rules about what is measured during a training. */

import { metrics as registry } from "../../metrics/metrics.ts";
import { createFrom } from "../../util/registry.ts";
import type { Rule } from "./rule.ts";

/** Weights that are judged are kept. */
export const judgedWeightsExist: Rule = ({ metrics, ema }) =>
  metrics.weights !== "ema" || ema.enabled
    ? null
    : {
        message: "metrics.weights: there is no moving average to judge, because ema.enabled is false",
        help: 'set metrics.weights to "raw", or leave it out',
      };

/** Reals that are kept apart are for something. */
export const heldOutRealsAreLookedAt: Rule = ({ metrics, health }) => {
  const looks = metrics.list.some((choice) => createFrom("metric", registry, choice).needs.includes("memory"));
  return metrics.heldOut === undefined || looks || health.probes !== "off"
    ? null
    : {
        message:
          "metrics.heldOut: no metric of metrics.list looks at reals that were kept apart, and health.probes is off",
        help: "list one that does, such as copying, or leave metrics.heldOut out",
      };
};
