/** @file What the discriminator says of each set, and how strongly the generator is told what to change. */

import { mean } from "../../../util/averages.ts";
import { auc, present, ratio } from "../../numerics/numbers.ts";
import type { Probe } from "../probe.ts";

/** ln (1 + eˣ), which is −ln σ(−x). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** What it costs to call these real, and to call them fake: ln 2 for one that guesses. */
const asReal = (logits: Float32Array): number => mean(Float64Array.from(logits, (logit) => softplus(-logit)));
const asFake = (logits: Float32Array): number => mean(Float64Array.from(logits, softplus));

/** What it costs to say which of a real and a fake is the real: ln 2 for one that guesses. */
const ofPairs = (real: Float32Array, fake: Float32Array): number =>
  mean(Float64Array.from({ length: Math.min(real.length, fake.length) }, (_, i) => softplus(fake[i]! - real[i]!)));

const meanSign = (logits: Float32Array) => mean(logits.map(Math.sign));

/** Scores of reals, fakes and held-out reals. */
export const scores: Probe = {
  name: "scores",
  level: "light",
  signals: ["auc/*", "score/*", "sign/*", "cross-entropy/*", "overfit/gap", "signal/generator"],
  measure({ logits, generatorSignal }) {
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
        "cross-entropy/real": real.length > 0 ? asReal(real) : undefined,
        "cross-entropy/fake": fake.length > 0 ? asFake(fake) : undefined,
        "cross-entropy/held-out": heldOut !== undefined && heldOut.length > 0 ? asReal(heldOut) : undefined,
        "cross-entropy/labels": real.length > 0 && fake.length > 0 ? asReal(real) + asFake(fake) : undefined,
        "cross-entropy/pairs": real.length > 0 && fake.length > 0 ? ofPairs(real, fake) : undefined,
        ...Object.fromEntries(ofEach(mean, "score")),
        ...Object.fromEntries(ofEach(meanSign, "sign")),
        "overfit/gap": heldOut && ratio(mean(real) - mean(heldOut), mean(real) - mean(fake)),
        "signal/generator": generatorSignal,
      }),
    };
  },
};
