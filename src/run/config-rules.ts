/**
 * @file Combinations that cannot work, refused before anything is loaded: one rule each, with the reason and what to do.
 *
 * What depends on the data or on the networks' shapes is refused where they meet (`gan/game.ts`, the models).
 */

import { ConfigError } from "../util/errors.ts";
import type { Config } from "./config.ts";

/** Why a config cannot work, and what to do about it. */
export interface Refusal {
  readonly message: string;
  readonly help: string;
}

/** A rule: null where it is met. */
export type Rule = (config: Config) => Refusal | null;

const packsDivideTheBatch: Rule = ({ packing, batch }) =>
  batch % packing === 0
    ? null
    : {
        message: `packing: packs of ${packing} do not divide a batch of ${batch}`,
        help: `set batch to a multiple of ${packing}, such as ${Math.ceil(batch / packing) * packing}`,
      };

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

const signsMeanSomething: Rule = (config) => {
  const { name } = config.objective;
  const why = whySignsSayNothing(config.objective);
  const steered = adaptive(config).find(({ signal }) => signal === "sign");
  if (steered === undefined || why === undefined) return null;
  return {
    message: `augment: "${steered.name}" adapts to the sign of D's scores of reals, which means nothing with the objective "${name}": ${why}`,
    help: `set augment.${steered.name}.signal to "pairwise" (the sign of D(x) - D(y)), or give a strength: augment.${steered.name}.p=0.5`,
  };
};

const oneSignalOneStrength: Rule = (config) => {
  const [first, second] = adaptive(config);
  if (first === undefined || second === undefined) return null;
  return {
    message: `augment: "${first.name}" and "${second.name}" would both adapt to the same signal, which each of them changes`,
    help: `leave one of them out, or give one a strength: augment.${second.name}.p=0.2`,
  };
};

/** Every rule, in the order in which they are checked. */
export const rules: readonly Rule[] = [packsDivideTheBatch, signsMeanSomething, oneSignalOneStrength];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
