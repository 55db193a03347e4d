/** @file Numbers and JSON as other programs write them: NaN and the infinities in all their notations. */

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
};

/**
 * The number that a text stands for, NaN and infinite ones too: `nan`, `NaN`, `-inf`, `Infinity`, `1e-3`.
 *
 * @returns Undefined where the text is no number: empty, `N/A`, `No`.
 */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const match = /^([+-]?)(nan|inf|infinity)$/i.exec(trimmed);
  if (match === null) return undefined;
  const value = WORDS[(match[2] as string).toLowerCase()] as number;
  return match[1] === "-" ? -value : value;
}

/** The number in a parsed JSON value: a number, or a text that stands for one. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOf(value) : undefined;
}

/** A count of 1 or more that is there, such as the samples of a batch: without one nothing can be counted in images. */
export function countIn(value: unknown): number | undefined {
  const count = numberIn(value);
  return count !== undefined && Number.isFinite(count) && count >= 1 ? count : undefined;
}

/** Texts, which stay as they are, and the words that Python writes for numbers that JSON does not have. */
const PYTHON_WORDS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/**
 * A JSON object, also with the bare `NaN`, `Infinity` and `-Infinity` of Python, which become texts; see {@link numberIn}.
 *
 * @returns Undefined where the text is none.
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(
      text.replace(PYTHON_WORDS, (match) => (match.startsWith('"') ? match : `"${match}"`)),
    );
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
