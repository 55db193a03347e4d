/**
 * @file Combinations that cannot work, refused before anything is loaded: one rule each, with the reason and what to do.
 *
 * What depends on the data or on the networks' shapes is refused where they meet (`gan/game.ts`, the models).
 */

import { ConfigError } from "../util/errors.ts";
import type { Config } from "./config-schema.ts";

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

/** Every rule, in the order in which they are checked. */
export const rules: readonly Rule[] = [packsDivideTheBatch];

/** @throws ConfigError for the first rule that `config` breaks. */
export function checkRules(config: Config): void {
  for (const rule of rules) {
    const refusal = rule(config);
    if (refusal !== null) throw new ConfigError(refusal.message, { help: refusal.help });
  }
}
