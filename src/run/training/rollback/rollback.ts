/**
 * @file Going back: which remedy answers a failure, from which checkpoint training goes on, and under which configs a run has
 * been. Pure; restore.ts carries it out.
 */

import { applyChanges, type ConfigChange, configChanges, undoChanges } from "../../../config/changes.ts";
import { type Config, lookEvery, totalSteps } from "../../../config/config.ts";
import type { FailureCode } from "../../../health/codes.ts";
import { type Applicable, applicable, remedyNamed } from "../../../health/remedies.ts";
import type { RemedyContext } from "../../../health/remedy.ts";
import { ConfigError } from "../../../util/errors.ts";
import { configDifferences, fingerprint } from "../../config/fingerprint.ts";
import { checkpointName, stepOfCheckpoint } from "../../store/checkpoint.ts";
import type { RunEventInput, RunEventOf } from "../../store/events.ts";

/** A failure that is to be answered by a remedy. */
export interface Failure {
  readonly code: FailureCode;
  /** What it is, for the reason why a run is given up: "a step gave NaN". */
  readonly message: string;
  /** The step from which on the training is not to be trusted. */
  readonly onset: number;
  /** Whether the step of the onset counted, so that what it left is bad, too. One that did not left all as it was. */
  readonly counted: boolean;
  /** Names of remedies, the one to try first in front. */
  readonly ladder: readonly string[];
  /** Whether training can go on for a while as it is; it cannot after a value that is not finite. */
  readonly canWait: boolean;
  /** Whether it has gone on for so long that it will not pass by itself. */
  readonly isLasting: boolean;
  /** What was seen of the training that remedies may look at. */
  readonly seen?: Pick<RemedyContext, "gradients" | "realScale">;
}

/** Names by which checkpoints can be asked for (`--checkpoint`); null where there is none. */
export interface Kept {
  /** The last that was healthy: of this attempt, else of the latest that had one. */
  readonly healthy: string | null;
  /** The best of all attempts, where one is kept. */
  readonly best: string | null;
}

/** What decides about a failure. */
export interface Situation {
  readonly failure: Failure;
  /** As it is now. */
  readonly config: Config;
  readonly data: Pick<RemedyContext, "sample" | "dataCount">;
  /** Steps done. */
  readonly step: number;
  /** Whether no step is left in which a failure could pass by itself. */
  readonly atEnd: boolean;
  /** Remedies so far, oldest first. */
  readonly past: readonly RunEventOf<"remedy">[];
  /** Names of the healthy checkpoints that can be read, oldest first. They are read for it, so it is asked only where it decides something. */
  readonly healthy: () => readonly string[];
  /** What can be shown of the run if it is given up. Asked for only then. */
  readonly kept: () => Kept;
  /** Whether a game can be made of a config. */
  readonly fits: (config: Config) => boolean;
}

/** What is written down of a remedy, but for when. */
export type RemedyInput = Omit<Extract<RunEventInput, { type: "remedy" }>, "step" | "images">;

/** What to do about a failure. */
export type Plan =
  | { readonly kind: "wait" }
  | { readonly kind: "give-up"; readonly reason: string }
  | { readonly kind: "go-back"; readonly event: RemedyInput };

/** Steps that a remedy is given before another may follow: ten looks or 2 % of the training, whichever is longer. */
export const coolDown = (config: Config): number =>
  Math.max(10 * lookEvery(config), Math.ceil(0.02 * totalSteps(config)));

/**
 * What to do about a failure: the next remedy of its ladder, see {@link remediesLeft}; from the last healthy checkpoint before the onset, else
 * from the beginning. A remedy after which the networks are others begins again in any case. Where there is none, a failure
 * that may still pass by itself is waited for.
 */
export function planRollback(situation: Situation): Plan {
  const { failure, config, step, atEnd, past, healthy } = situation;
  const last = past.at(-1);
  const canWait = failure.canWait && !atEnd;
  if (last !== undefined && canWait && step - last.backTo < coolDown(config)) return { kind: "wait" };
  const mayPass = canWait && !failure.isLasting;
  const isSpent = past.length >= config.health.budget;
  if (isSpent && mayPass) return { kind: "wait" };
  if (isSpent) return giveUp(situation, `the budget of ${count(config.health.budget)} (health.budget) is spent`);
  const [next] = remediesLeft(failure, situation);
  if (next === undefined && mayPass) return { kind: "wait" };
  if (next === undefined) return giveUp(situation, "there is none left to try");
  const { name, title, why, kind } = next.remedy;
  const backTo = kind === "restart" ? 0 : latestBefore(failure, healthy());
  const changes = configChanges(config, next.config);
  const attempt = past.length + 1;
  return {
    kind: "go-back",
    event: { type: "remedy", name, finding: failure.code, why: `${title}. ${why}`, changes, attempt, backTo },
  };
}

/** Those of `names` that were not used before, or may be again. */
export const untried = (names: readonly string[], past: readonly RunEventOf<"remedy">[]): readonly string[] =>
  names.filter((name) => remedyNamed(name)?.repeats || past.every((event) => event.name !== name));

/**
 * The remedies of a failure's ladder that apply, were not used before, and do not lead to a config that failed already or that no game can
 * be made of, the one to try first in front.
 */
export function* remediesLeft(
  { code, ladder, seen }: Pick<Failure, "code" | "ladder" | "seen">,
  { config, data, past, fits }: Pick<Situation, "config" | "data" | "past" | "fits">,
): Generator<Applicable> {
  const context: RemedyContext = { code, ...data, ...seen };
  const failed = configsOf(config, past).map(fingerprint);
  // One by one: to see whether a game can be made takes time, and most callers want the first.
  for (const one of applicable(untried(ladder, past), config, context)) {
    if (!failed.includes(fingerprint(one.config)) && fits(one.config)) yield one;
  }
}

/** The step of the last of the checkpoints that a failure does not show in; 0 for none. */
const latestBefore = ({ onset, counted }: Failure, names: readonly string[]): number =>
  Math.max(0, ...names.map(stepOfCheckpoint).filter((saved) => (counted ? saved < onset : saved <= onset)));

const count = (remedies: number): string => (remedies === 1 ? "1 remedy" : `${remedies} remedies`);

function giveUp({ failure, past, kept }: Situation, why: string): Plan {
  const tried = past.length === 0 ? "no remedy was tried" : `tried: ${past.map(({ name }) => name).join(", ")}`;
  const { healthy, best } = kept();
  const last = healthy === null ? "no healthy checkpoint is kept" : `the last healthy checkpoint is ${healthy}`;
  const good = best === null ? last : `${last}, the best is ${best}`;
  return {
    kind: "give-up",
    reason: `${failure.code}: ${failure.message.replace(/\.$/, "")}; ${tried}, and ${why}; ${good}`,
  };
}

/** As the changes stand in an event. */
const changesOf = ({ changes }: RunEventOf<"remedy">) => changes as readonly ConfigChange[];

/**
 * The configs of a run: before its first remedy, and after each.
 *
 * @param config One of them, whichever, perhaps with another length, log, or the like.
 */
export function configsOf(config: Config, remedies: readonly RunEventOf<"remedy">[]): readonly [Config, ...Config[]] {
  const first = remedies.reduceRight((later, event) => undoChanges(later, changesOf(event)), config);
  const configs: [Config, ...Config[]] = [first];
  for (const event of remedies) configs.push(applyChanges(configs.at(-1)!, changesOf(event)));
  return configs;
}

/**
 * {@link configsOf} a config that a user gives to go on with.
 * @throws ConfigError when it is none of the run's, with what differs from the last.
 */
export function configsOfRun(
  config: Config,
  remedies: readonly RunEventOf<"remedy">[],
  run: string,
): readonly [Config, ...Config[]] {
  const configs = configsOf(config, remedies);
  const given = fingerprint(config);
  if (configs.some((known) => fingerprint(known) === given)) return configs;
  const differences = configDifferences(configs.at(-1)!, config);
  throw new ConfigError(
    `a remedy of ${run} changed what is to be changed now\n${differences.map((line) => `  ${line}`).join("\n")}`,
    { help: "resume it as it was, or start a new run with `gantry train`" },
  );
}

/**
 * The healthy checkpoints to keep once `name` is one: at most three, of which the oldest is at least `apart` steps older than the
 * newest as soon as there are such. A failure is found some time after its onset, when the very last ones are spoilt.
 */
export function keepHealthy(kept: readonly string[], name: string, apart: number): readonly string[] {
  const [oldest, middle, newest] = kept.filter((other) => other !== name);
  if (oldest === undefined || middle === undefined || newest === undefined) {
    return [...kept.filter((other) => other !== name), name];
  }
  const isOldEnough = stepOfCheckpoint(name) - stepOfCheckpoint(middle) >= apart;
  return isOldEnough ? [middle, newest, name] : [oldest, middle, name];
}

/** Name of the checkpoint that a remedy goes back to, or null for the beginning. */
export const sourceOf = ({ backTo }: RunEventOf<"remedy">): string | null =>
  backTo === 0 ? null : checkpointName(backTo);
