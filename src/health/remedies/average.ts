/** @file The remedy that changes what draws, and not the game. */

import type { Remedy } from "../remedy.ts";
import { changed } from "./change.ts";

/** A moving average of the generator. */
export const movingAverage: Remedy = {
  name: "moving-average",
  title: "Draw samples by a moving average of the generator",
  why: "The average of a generator that circles lies near the middle of the circle. It costs memory for one more generator, and changes the samples, not the training: the trained weights may go on circling.",
  kind: "hot",
  references: ["Yazıcı et al., The Unusual Effectiveness of Averaging in GAN Training, 2019"],
  apply: (config) => changed(config, { ema: { ...config.ema, enabled: true } }),
};
