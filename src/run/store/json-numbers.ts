/**
 * @file Numbers in JSON, NaN and the infinities among them: those are the texts "NaN", "Infinity" and "-Infinity" in a file. Runs
 * in Node and in a browser.
 */

import type { MetricResults } from "./events.ts";

/** A parsed object, before it is known what it holds. */
export type Fields = Record<string, unknown>;

/** Any object as one line of JSON, with NaN and the infinities as text. */
export function encodeNumbers(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : part,
  );
}

/** Figures as they were before {@link encodeNumbers}. */
export function restoreResults(results: Readonly<Record<string, Fields>>): MetricResults {
  const pairs = Object.entries(results).map(([name, figure]) => [name, restoreNumbers(figure)]);
  return Object.fromEntries(pairs) as MetricResults;
}

/** Whether a parsed value is what {@link restoreResults} takes. */
export function isResults(value: unknown): value is Readonly<Record<string, Fields>> {
  return (
    isObject(value) &&
    Object.values(value).every((figure) => isObject(figure) && Object.values(figure).every(isMeasured))
  );
}

/** The fields of an object as they were before {@link encodeNumbers}: numbers, and lists of numbers. */
export function restoreNumbers(fields: Fields): Fields {
  const pairs = Object.entries(fields).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(restoreNumber) : restoreNumber(value),
  ]);
  return Object.fromEntries(pairs) as Fields;
}

function restoreNumber(value: unknown): unknown {
  return isNonFiniteText(value) ? Number(value) : value;
}

/** Whether a parsed value is an object, and no list. */
export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a parsed value is a number, the text of one that is not finite, or null. */
export function isMeasured(value: unknown): boolean {
  return value === null || typeof value === "number" || isNonFiniteText(value);
}

function isNonFiniteText(value: unknown): boolean {
  return value === "NaN" || value === "Infinity" || value === "-Infinity";
}
