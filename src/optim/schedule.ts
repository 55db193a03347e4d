/** @file Schedules: numbers as functions of the share of training done. Pure, evaluated in TypeScript, fed as scalars. */

/** The shape of a schedule. */
export interface Schedule {
  /** `constant`; `linear` and `cosine` go from the base to `final` over the whole training; `exponential` multiplies by it. Default constant. */
  readonly kind: "constant" | "linear" | "cosine" | "exponential";
  /** Factor reached at the end, relative to the base. Default 0 (exponential: 0.01). */
  readonly final?: number | undefined;
  /** Images over which the value first rises linearly from 0. Default 0. */
  readonly warmup?: number | undefined;
}

/**
 * The factor at `images` of `total`, from 0 to 1 for falling schedules. Progress is counted in images, so that batch size
 * does not change its meaning.
 */
export function scheduleFactor(schedule: Schedule, images: number, total: number): number {
  const progress = Math.min(1, images / Math.max(1, total));
  const warm = schedule.warmup ? Math.min(1, images / schedule.warmup) : 1;
  const final = schedule.final ?? (schedule.kind === "exponential" ? 0.01 : 0);
  switch (schedule.kind) {
    case "constant":
      return warm;
    case "linear":
      return warm * (1 + (final - 1) * progress);
    case "cosine":
      return warm * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * progress)));
    case "exponential":
      return warm * final ** progress;
  }
}
