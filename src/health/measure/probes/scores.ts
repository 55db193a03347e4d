/** @file What the discriminator says of each set, and how strongly the generator is told what to change. */

import { mean } from "../../../util/averages.ts";
import { auc, present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";

const meanSign = (logits: Float32Array) => mean(logits.map(Math.sign));

/** Scores of reals, fakes and held-out reals. */
export const scores: Probe = {
  name: "scores",
  level: "light",
  signals: ["auc/*", "score/*", "sign/*", "overfit/gap", "signal/generator", "input-gradient/*"],
  measure({ logits, inputGradients, generatorSignal }) {
    const { real, fake, heldOut } = logits;
    const ofEach = (value: (logits: Float32Array) => number, name: string) =>
      Object.entries({ real, fake, "held-out": heldOut }).map(([set, of]) => [
        `${name}/${set}`,
        of === undefined || of.length === 0 ? undefined : value(of),
      ]);
    return {
      values: present({
        "auc/fake": auc(real, fake),
        "auc/held-out": heldOut && auc(real, heldOut),
        ...Object.fromEntries(ofEach(mean, "score")),
        ...Object.fromEntries(ofEach(meanSign, "sign")),
        "overfit/gap": heldOut && ratio(mean(real) - mean(heldOut), mean(real) - mean(fake)),
        "signal/generator": generatorSignal,
        "input-gradient/real": inputGradients.real.length > 0 ? mean(inputGradients.real) : undefined,
        "input-gradient/fake": inputGradients.fake.length > 0 ? mean(inputGradients.fake) : undefined,
      }),
    };
  },
};
