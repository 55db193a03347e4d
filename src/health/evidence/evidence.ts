/** @file From readings to a suspicion: how long something must last, how sure one is, and rows that say it in words. */

import type { FailureCode } from "../codes.ts";
import type { EvidenceRow, Suspicion } from "../diagnosis.ts";
import type { History, Reading } from "../history.ts";
import { depth, rangeOf } from "./limits.ts";

/** How one reading is. */
export type Grade = "right" | "watch" | "failing";

/**
 * Readings in a row that must be bad before something is said. If looks were independent, three beyond the limits of one in a
 * thousand came up once in 10⁹ looks by chance; if all that is random about them were shared, once in a thousand.
 */
export const TO_WATCH = 2;
export const TO_ACT = 3;

/** The readings at the end of a series that are all bad. */
export interface Stretch {
  readonly level: Suspicion["level"];
  readonly first: Reading;
  readonly last: Reading;
  /** How many. */
  readonly count: number;
}

/** A measured, finite number; undefined when it was not measured, or is not finite: that is another diagnosis's matter. */
export function measured(reading: Reading, signal: string): number | undefined {
  const value = reading.values[signal];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/**
 * The bad readings at the end of `readings`.
 *
 * @param grade How a reading is; null when it cannot be said, which neither breaks a stretch nor lengthens it.
 * @param toAct Readings in a row that must be failing. Default {@link TO_ACT}.
 * @returns Null when there are fewer than {@link TO_WATCH}.
 */
export function stretchOf(
  readings: readonly Reading[],
  grade: (reading: Reading, index: number) => Grade | null,
  toAct = TO_ACT,
): Stretch | null {
  let [count, failing, broken] = [0, 0, false];
  let [first, last]: [Reading | null, Reading | null] = [null, null];
  for (let i = readings.length - 1; i >= 0; i--) {
    const reading = readings[i] as Reading;
    const found = grade(reading, i);
    if (found === null) continue;
    if (found === "right") break;
    if (found === "watch") broken = true;
    if (!broken) failing++;
    count++;
    first = reading;
    last ??= reading;
  }
  if (first === null || last === null || count < TO_WATCH) return null;
  return { level: failing >= toAct ? "failing" : "watch", first, last, count };
}

/** A number in a sentence: three digits. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}

/** A point of the training in a sentence: "step 500", or "32000 images" where those are what is counted. */
export const when = ({ facts }: History, step: number): string =>
  facts.unit === "images" ? `${step} images` : `step ${step}`;

/** A row about a signal that has limits. */
export function row(history: History, signal: string, value: number, share: number, says: string): EvidenceRow {
  return { signal, value, ...rangeOf(history, signal, share), says };
}

/** A row about how often the discriminator ranks a real above a fake; null where that was not measured. */
export const toldApartRow = (history: History, look: Reading, share: number): EvidenceRow | null => {
  const auc = measured(look, "auc/fake");
  if (auc === undefined) return null;
  const says = `the discriminator ranks a real above a fake in ${plain(100 * auc)} % of pairs`;
  return row(history, "auc/fake", auc, share, says);
};

/** A row about a signal that has none, or other ones. */
export const plainRow = (
  signal: string,
  value: number,
  says: string,
  low: number | null = null,
  high: number | null = null,
): EvidenceRow => ({ signal, value, low, high, says });

/**
 * How sure a diagnosis is, 0..1. It is no probability: below ½ means watch; from ½ on it would act, and 1 is as bad as it gets.
 *
 * @param depths How far each signal that speaks for it is on the way from right to broken, 0..1; the mean counts.
 */
export function confidenceOf(level: Suspicion["level"], depths: readonly number[]): number {
  const mean = depths.length === 0 ? 0 : depths.reduce((sum, depth) => sum + depth, 0) / depths.length;
  return Number((level === "failing" ? 0.5 + 0.5 * mean : 0.5 * mean).toFixed(3));
}

/** A suspicion from a stretch. Rows that are null were not measured. */
export function suspect(
  history: History,
  code: FailureCode,
  { level, first: { step, images } }: Pick<Stretch, "level" | "first">,
  rows: readonly (EvidenceRow | null)[],
  depths?: readonly number[],
): Suspicion {
  const evidence = rows.filter((found): found is EvidenceRow => found !== null);
  const known = depths ?? evidence.slice(0, 2).map(({ signal, value }) => depth(history, signal, value));
  return { code, level, confidence: confidenceOf(level, known), onset: { step, images }, evidence };
}
