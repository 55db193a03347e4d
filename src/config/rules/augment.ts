/** @file Rules about augmentations that adapt. */

import type { Config } from "../schema.ts";
import type { Rule } from "./rule.ts";

/** Objectives under which only differences of scores mean something. */
const SHIFT_FREE: readonly string[] = ["wasserstein", "relativistic", "relativistic-average"];

/** Why the sign of a score does not say what D takes a sample for, or undefined where it does. */
function whySignsSayNothing({ name, ...options }: Config["objective"]): string | undefined {
  if (SHIFT_FREE.includes(name)) return "a score and the same score plus a constant are equal there";
  if (name !== "least-squares") return undefined;
  const [real, fake] = [Number(options.realLabel), Number(options.fakeLabel)];
  return real + fake === 0 ? undefined : `the labels ${fake} and ${real} have their middle at ${(real + fake) / 2}`;
}

/** What of `augment` has a strength that adapts. */
const adaptive = ({ augment }: Config) =>
  augment.filter((choice) => "target" in choice && !("p" in choice && choice.p !== undefined));

/** An augmentation that adapts to the sign of scores needs scores whose sign means something. */
export const signsMeanSomething: Rule = (config) => {
  const { name } = config.objective;
  const why = whySignsSayNothing(config.objective);
  const steered = adaptive(config).find(({ signal }) => signal === "sign");
  if (steered === undefined || why === undefined) return null;
  return {
    message: `augment: "${steered.name}" adapts to the sign of D's scores of reals, which means nothing with the objective "${name}": ${why}`,
    help: `set augment.${steered.name}.signal to "pairwise" (the sign of D(x) - D(y)), or give a strength: augment.${steered.name}.p=0.5`,
  };
};

/** One signal steers one strength. */
export const oneSignalOneStrength: Rule = (config) => {
  const [first, second] = adaptive(config);
  if (first === undefined || second === undefined) return null;
  return {
    message: `augment: "${first.name}" and "${second.name}" would both adapt to the same signal, which each of them changes`,
    help: `leave one of them out, or give one a strength: augment.${second.name}.p=0.2`,
  };
};
