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

const bothPlayersKnowTheClass: Rule = ({ conditioning: { generator, discriminator } = {} }) =>
  (generator === "none") === (discriminator === "none")
    ? null
    : {
        message:
          generator === "none"
            ? "conditioning: the discriminator is to know the classes and the generator is not: it could only lose"
            : "conditioning: the generator is told the class, but the discriminator would not know whether it heeds it",
        help: "choose a way for both, as --set conditioning=projection does, or none for both: --set conditioning=none",
      };

const askedForOneThing: Rule = ({ conditioning, code }) =>
  code === undefined || conditioning === undefined || conditioning.generator === "none"
    ? null
    : {
        message: "code and conditioning: the generator can be asked for a code or for classes, not for both",
        help: "leave one of them out",
      };

const codeSaysSomething: Rule = ({ code }) =>
  code === undefined || code.categories + code.continuous > 0
    ? null
    : { message: "code: it has neither categories nor continuous codes", help: "e.g. --set code.categories=10" };

/** Every rule, in the order in which they are checked. */
export const rules: readonly Rule[] = [
  packsDivideTheBatch,
  bothPlayersKnowTheClass,
  askedForOneThing,
  codeSaysSomething,
];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
