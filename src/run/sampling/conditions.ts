/** @file What a generator is asked for while sampling: which class each sample is of, and the continuous codes. */

import { type Condition, conditionSize, type Game } from "../../gan/game/game.ts";
import { ConfigError } from "../../util/errors.ts";
import { fillUniform, type StreamKey, streamKey } from "../../util/rng.ts";
import { didYouMean } from "../../util/suggest.ts";

/** How many classes or categories there are to choose from; 0 where there are none. */
export const choices = (condition: Condition | undefined): number =>
  condition === undefined ? 0 : condition.kind === "labels" ? condition.classes : condition.categories;

/** Writes into `row`, zeros, that class `chosen` is asked for; continuous codes are drawn from `key`, in -1..1. */
function ask(condition: Condition, row: Float32Array, chosen: number, key: StreamKey): void {
  if (choices(condition) > 0) row[chosen] = 1;
  if (condition.kind === "labels") return;
  const continuous = row.subarray(condition.categories);
  fillUniform(key, 0, continuous);
  for (let i = 0; i < continuous.length; i++) continuous[i] = 2 * continuous[i]! - 1;
}

/**
 * What the fixed grid of a run is asked for, f32[count, K]: sample i is of class i mod K, one class after the other along a
 * row. Continuous codes are the same for the whole run. Undefined for a game without condition.
 */
export function fixedConditions(
  seed: number,
  condition: Condition | undefined,
  count: number,
): Float32Array | undefined {
  if (condition === undefined) return undefined;
  const size = conditionSize(condition);
  const out = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const row = out.subarray(i * size, (i + 1) * size);
    ask(condition, row, i % choices(condition), streamKey(seed, `samples/code/${i}`));
  }
  return out;
}

/**
 * What the samples of `seeds` are asked for, f32[N, K]: seed s is of class `classes`[s mod their number], whatever is drawn
 * beside it. Undefined for a game without condition.
 *
 * @param classes Numbers of the classes that take turns. Default all.
 */
export function seedConditions(
  condition: Condition | undefined,
  seeds: readonly number[],
  classes?: readonly number[],
): Float32Array | undefined {
  if (condition === undefined) return undefined;
  const size = conditionSize(condition);
  const out = new Float32Array(seeds.length * size);
  const turns = classes ?? Array.from({ length: choices(condition) }, (_, k) => k);
  seeds.forEach((seed, i) => {
    const row = out.subarray(i * size, (i + 1) * size);
    ask(condition, row, turns[seed % turns.length] ?? 0, streamKey(seed, "sample/code"));
  });
  return out;
}

/** Names listed in an error. */
const LISTED = 20;

/**
 * The numbers of the classes that `text` names: a class name or number, or several with commas between. A name goes before a
 * number. For a code, numbers of categories.
 * @throws ConfigError for a class that does not exist, or where there is none to choose.
 */
export function findClasses(game: Pick<Game, "condition" | "sample">, text: string): readonly number[] {
  const { condition, sample } = game;
  const count = choices(condition);
  if (count === 0) {
    throw new ConfigError(
      condition === undefined
        ? "this run was trained without classes, so none can be chosen"
        : "the code of this run has no categories, so none can be chosen",
      { help: "train with --set conditioning=projection on labelled data, or with --set code=10 on any" },
    );
  }
  const what = condition?.kind === "code" ? "category" : "class";
  const names = sample.classes ?? [];
  const find = (wanted: string): number => {
    const named = names.indexOf(wanted);
    if (named >= 0) return named;
    const number = /^\d+$/.test(wanted) ? Number(wanted) : Number.NaN;
    if (number < count) return number;
    const listed =
      names.length === 0 ? "" : ` (${names.slice(0, LISTED).join(", ")}${names.length > LISTED ? ", …" : ""})`;
    throw new ConfigError(`there is no ${what} "${wanted}".${didYouMean(wanted, [...names])}`, {
      help: `the run has ${count}, numbered from 0 to ${count - 1}${listed}`,
    });
  };
  // A name may hold a comma itself.
  return names.includes(text) ? [names.indexOf(text)] : text.split(",").map((part) => find(part.trim()));
}

/** The widest grid that is laid out by classes. */
const WIDEST = 32;

/**
 * Columns of a grid of `count` samples in which `period` classes take turns: a multiple of the period that is nearest to
 * square, so that a column is of one class. Undefined where that would make a strip, or nothing takes turns.
 */
export function gridColumns(count: number, period: number): number | undefined {
  if (period < 2 || period > Math.min(count, WIDEST)) return undefined;
  return period * Math.max(1, Math.round(Math.sqrt(count) / period));
}
