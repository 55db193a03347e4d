/** @file The numbers that a step is fed: learning rates, and whatever else moves over a training. */

import { type Config, imagesPerStep, totalSteps } from "../../../config/config.ts";
import type { ScalarSpec } from "../../../gan/step/trace.ts";
import { emaDecay } from "../../../optim/ema.ts";
import { rampAt, scheduledAt, scheduleFactor } from "../../../optim/schedule.ts";
import { invariant } from "../../../util/errors.ts";

/** What a step asks for by name, after `images` images. */
export function fedNumbers(config: Config, images: number): (spec: ScalarSpec) => number {
  const length = totalSteps(config) * imagesPerStep(config);
  const progress = images / length;
  // Images shown between two updates of the generator.
  const perUpdate = imagesPerStep(config) / config.updates.generatorSteps;
  const rate = ({ lr, schedule }: Config["optimizer"]["generator"]) => lr * scheduleFactor(schedule, images, length);
  const known: Readonly<Record<string, () => number>> = {
    "lr/generator": () => rate(config.optimizer.generator),
    "lr/discriminator": () => rate(config.optimizer.discriminator),
    "ema/decay": () => emaDecay(perUpdate, scheduledAt(config.ema.halfLife, progress), images, config.ema.rampUp),
  };
  return ({ name, ramp }) => {
    if (ramp !== undefined) return rampAt(ramp, progress);
    const value = known[name];
    invariant(value !== undefined, `nothing says what "${name}" is`);
    return value();
  };
}
