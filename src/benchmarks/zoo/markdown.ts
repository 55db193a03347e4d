/** @file Tables of Markdown, and shares with their intervals, as the reports of the zoo have them. */

import { wilson } from "./score.ts";

/** A share as `12.3 %`; a dash for a share of nothing. */
export const percent = (share: number | null, digits = 1): string =>
  share === null ? "–" : `${(100 * share).toFixed(digits)} %`;

/** A share with its 95 % interval, as `50 % (24–76)`; a dash for a share of nothing. */
export function withInterval(part: number, whole: number, digits = 1): string {
  if (whole === 0) return "–";
  const { low, high } = wilson(part, whole);
  return `${percent(part / whole, digits)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`;
}

/** The lines of a table. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
