/** @file The check of what watches over the training. */

import { lookEvery, totalSteps } from "../../config/config.ts";
import { type Check, found, ok } from "./check.ts";

/** Whether a failure would be seen. */
export const watching: Check = {
  name: "watching",
  title: "A failure would be seen",
  looksAt: "reals that are not learned from, metrics, and probes",
  run: ({ config, unseen }) => {
    const out = [];
    if (config.health.probes === "off") {
      out.push(found("info", "no looks are taken: a collapse would go unseen", "set health.probes=standard"));
    } else if (lookEvery(config) > totalSteps(config)) {
      const [every, steps] = [lookEvery(config), totalSteps(config)];
      out.push(
        found(
          "info",
          `a look is taken every ${every} steps, and there are ${steps}: nothing is watched`,
          "set health.every",
        ),
      );
    } else if (!unseen) {
      out.push(
        found(
          "info",
          "there are no reals that are not learned from: overfitting and copying cannot be told",
          "set data.holdOut=0.05, or name other reals in metrics.heldOut",
          "discriminator-overfitting",
        ),
      );
    }
    if (config.metrics.list.length === 0) {
      out.push(
        found(
          "info",
          "no metric judges samples during the training, so that none says which checkpoint is the best",
          "add --metrics fid,prdc",
          "quality-regression",
        ),
      );
    }
    return out.length > 0 ? out : [ok("there are unseen reals and metrics")];
  },
};
