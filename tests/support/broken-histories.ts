/** @file Histories of trainings that fail, one for each code of the catalogue. */

import type { FailureCode } from "../../src/health/codes.ts";
import type { History } from "../../src/health/history.ts";
import { type Change, drawBins, EVERY, missingIn, SHARES, training } from "./histories.ts";

/** Where the failures of these tests begin, as a share of the training, and as a step. */
export const [BREAK, BREAK_STEP] = [0.5, EVERY * 50];

/** What is wrong from the middle of the training on. */
export const later =
  (change: Change): Change =>
  (look, t, random) => {
    if (t >= BREAK) change(look, t, random);
  };

/** Looks with these values. */
export const setting =
  (values: Record<string, number>): Change =>
  (look) =>
    Object.assign(look.values, values);

/** Fakes that fall into bins by these shares. */
export const binsOf =
  (shares: (t: number) => readonly number[]): Change =>
  (look, t, { uniform }) => {
    const counts = drawBins(shares(t), 256, uniform);
    look.vectors["bins/fake"] = counts;
    look.values["bins/missing"] = missingIn(counts);
  };

/** Samples that are all alike. */
export const collapse: Change = (look) =>
  Object.assign(look.values, {
    "diversity/samples": 0.1,
    "diversity/features": 0.15,
    "duplicates/samples": 0.4,
    "rank/samples": 0.2,
    "bins/missing": 0.9,
    "energy/samples": 0.8,
  });

/** A history of each failure, planted in the middle of a training or from its beginning. */
export const broken: { readonly [K in FailureCode]: () => History } = {
  "mode-collapse": () => training({ look: later(collapse) }),
  "mode-dropping": () =>
    training({
      look: later((look, t, random) => {
        binsOf(() => SHARES.map((share, k) => (k >= 17 ? 0 : share)))(look, t, random);
        look.values["bins/different"] = 0.6;
      }),
    }),
  "vanishing-gradient": () =>
    training({
      look: setting({ "auc/fake": 1, "signal/generator": 1e-4, "energy/samples": 0.6, "scale/samples": 0.3 }),
    }),
  "exploding-gradient": () =>
    training({
      look: later(setting({ "energy/samples": 0.3 })),
      tick: (values, t) => {
        if (t >= BREAK) values["gradient/discriminator"]! *= 30 * Math.exp((t - BREAK) * 40);
      },
    }),
  "numerical-divergence": () =>
    training({
      tick: (values, t) => {
        if (t >= BREAK) values["loss/discriminator"] = Number.NaN;
      },
    }),
  oscillation: () =>
    training({
      look: later((look, t, random) => {
        binsOf(() => SHARES.map((share, k) => share * (Math.sin(80 * t + (k < 10 ? 0 : Math.PI)) > 0 ? 1 : 0.02)))(
          look,
          t,
          random,
        );
        look.values["energy/samples"] = 0.2;
        look.values["energy/average"] = 0.12;
      }),
    }),
  "discriminator-overfitting": () =>
    training({
      look: later((look, t) => {
        look.values["auc/held-out"] = 0.6 + 0.39 * Math.min(1, (t - BREAK) / 0.2);
        look.values["overfit/gap"] = 0.8;
        look.values["energy/samples"]! += 0.4 * (t - BREAK);
      }),
    }),
  memorization: () => training({ look: later(setting({ "copying/ratio": 0.2, "auc/held-out": 0.8 })) }),
  "discriminator-underfitting": () =>
    training({ look: setting({ "auc/fake": 0.51, "energy/samples": 0.4, "scale/samples": 0.4 }) }),
  stalled: () =>
    training({
      look: setting({ "energy/samples": 0.5, "scale/samples": 0.1, "diversity/samples": 0.1, "auc/fake": 0.9 }),
      tick: (values) => {
        values["update/generator"] = 1e-6;
        values["update/discriminator"] = 1e-6;
      },
    }),
  "data-fault": () =>
    training({
      look: (look) => {
        Object.assign(look.values, { "tell/minimum": 1, "auc/fake": 1, "tell/best": 1 });
        look.values["energy/samples"]! += 0.1;
      },
    }),
  "quality-regression": () => training({ look: later(setting({ "energy/samples": 0.2 })) }),
};
