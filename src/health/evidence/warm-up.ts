/** @file When a training is far enough for its samples to be judged: grey and noisy samples at the beginning are no failure. */

import type { History } from "../history.ts";
import { measured } from "./evidence.ts";

/** Fakes have begun to vary, and are much less unlike reals than at first, or not unlike them any more. */
const [SCALE, FALL, NEAR] = [0.5, 0.5, 0.1];

/** However the samples are, the warm-up ends after so much of the training, or so many looks; but not before so many looks, and steps. */
const [SHARE, MOST_LOOKS, FEWEST_LOOKS, FEWEST_STEPS] = [0.1, 30, 5, 200];

/** Looks after which it ends when nobody knows how long the training will be; ticks and figures for a log without looks. */
const [UNPLANNED_LOOKS, TICKS, FIGURES] = [10, 10, 3];

/** Whether looks are taken of the training, or will be: the log of another trainer may have none. */
export const takesLooks = ({ looks, facts }: History): boolean => looks.length > 0 || facts.lookSamples !== null;

/** Whether the warm-up is over: once it is, it is for every longer history. */
export function isWarm(history: History): boolean {
  const { looks, scalars, metrics, facts } = history;
  const last = looks[looks.length - 1];
  // Ticks before the first look say nothing of samples.
  if (last === undefined) return !takesLooks(history) && (scalars.length >= TICKS || metrics.length >= FIGURES);
  if (looks.length < FEWEST_LOOKS) return false;
  if (last.step >= FEWEST_STEPS) {
    if (facts.steps === null ? looks.length >= UNPLANNED_LOOKS : last.step >= SHARE * facts.steps) return true;
    if (looks.length >= MOST_LOOKS) return true;
  }
  return hasRisen(history);
}

/** Whether fakes were once well on their way to reals. */
export const hasRisen = (history: History): boolean => risenAt(history) !== undefined;

/** The step of the first look at which fakes were well on their way to reals; undefined where they never were. */
export function risenAt({ looks }: History): number | undefined {
  const first = looks.map((look) => measured(look, "energy/samples")).find((value) => value !== undefined);
  return looks.find((look) => {
    const scale = measured(look, "scale/samples");
    const energy = measured(look, "energy/samples");
    if (scale === undefined || scale < SCALE) return false;
    if (first !== undefined) return energy !== undefined && energy <= Math.max(FALL * first, NEAR);
    // Without energy distances it must be enough that fakes are as different from each other as reals are, or nearly.
    return (measured(look, "diversity/samples") ?? 0) > SCALE;
  })?.step;
}
