/** @file What a rule is: why a config cannot work, or null. */

import type { Config } from "../schema.ts";

/** Why a config cannot work, and what to do about it. */
export interface Refusal {
  readonly message: string;
  readonly help: string;
}

/** A rule: null where it is met. */
export type Rule = (config: Config) => Refusal | null;

/** The first penalty of `config` whose name is one of `names`. */
export const penaltyOf = ({ penalties }: Config, names: readonly string[]): string | undefined =>
  penalties.find(({ name }) => names.includes(name))?.name;
