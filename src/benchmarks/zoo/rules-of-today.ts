/** @file The rules by which people tell a failing GAN today, on what every trainer logs, to be compared with. Pure. */

import { type History, type Point, series } from "../../health/history.ts";
import { median } from "./observation.ts";
import type { Call } from "./score.ts";

/** A rule that calls a run failing, or not. */
export interface Rule {
  readonly name: string;
  /** In words, with where it comes from. */
  readonly what: string;
  readonly call: (history: History) => Call | null;
}

/** A rule gives no names. */
const UNNAMED = { code: null, said: [] } as const;

/** The first point at which the median of the last `count` values is on the bad side. */
function firstWhere(points: readonly Point[], count: number, bad: (value: number) => boolean): Call | null {
  for (let i = count - 1; i < points.length; i++) {
    const recent = points.slice(i - count + 1, i + 1).map(({ value }) => value);
    if (bad(median(recent))) return { ...UNNAMED, step: points[i]!.step };
  }
  return null;
}

const discriminatorLoss = (level: number): Rule => ({
  name: `D loss < ${level}`,
  what: `the median of 20 logged discriminator losses is below ${level}; "D loss goes to 0: failure mode" (soumith/ganhacks, 10)`,
  call: ({ scalars }) => firstWhere(series(scalars, "loss/discriminator"), 20, (loss) => loss < level),
});

/** What there is, each at the level that people name. */
export const RULES_OF_TODAY: readonly Rule[] = [
  discriminatorLoss(0.05),
  discriminatorLoss(0.2),
  {
    name: "gradient norm > 100",
    what: `the gradient of either network is longer than 100; "if they are over 100 things are screwing up" (soumith/ganhacks, 10)`,
    call: ({ scalars }) => {
      const calls = ["gradient/generator", "gradient/discriminator"]
        .map((signal) => firstWhere(series(scalars, signal), 1, (norm) => norm > 100))
        .filter((call) => call !== null);
      return calls.sort((a, b) => a.step - b.step)[0] ?? null;
    },
  },
  {
    name: "r_t > 0.6",
    what: "the mean sign of the discriminator on training reals is above 0.6, the level that adaptive augmentation holds (Karras et al., 2020)",
    call: ({ looks }) => firstWhere(series(looks, "sign/real"), 3, (sign) => sign > 0.6),
  },
  {
    name: "a value that is not finite",
    what: "a loss or gradient is NaN or infinite, as lucidrains/stylegan2-pytorch checks",
    call: ({ scalars }) => {
      const broken = scalars.find(({ values }) =>
        Object.entries(values).some(([name, value]) => /^(loss|gradient)\//.test(name) && !Number.isFinite(value)),
      );
      return broken === undefined ? null : { ...UNNAMED, step: broken.step };
    },
  },
];
