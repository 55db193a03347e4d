/** @file What a signal is. */

/** What a signal is. */
export interface Signal {
  /** Its name; one that ends in `*` stands for all that begin so. */
  readonly name: string;
  /** Whether it is measured at every step, or when probes look. */
  readonly measured: "step" | "look";
  /** Whether it is one number, or a list of them. */
  readonly form: "number" | "list";
  /** What it is counted in: "share", "ratio", "score" … */
  readonly unit: string;
  /** The values it can have at all; null where it is open. */
  readonly range: readonly [low: number | null, high: number | null];
  /** What it says, in plain words. */
  readonly says: string;
  /** What it is when all is well, in words. */
  readonly well: string;
  /** Which way is bad; `neither` where only its course says something. */
  readonly bad: "low" | "high" | "both" | "neither";
}
