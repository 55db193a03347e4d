/** @file When a training reached all known modes, and whether it kept them. */

/** How many modes were captured at one moment of a training. */
export interface CoverageMoment {
  /** Training steps done, and images shown. */
  readonly step: number;
  readonly images: number;
  /** Modes captured, out of `modes`. */
  readonly captured: number;
  readonly modes: number;
}

/** What {@link coverageTime} finds. */
export interface CoverageTime {
  /** The first moment at which all modes were captured. */
  readonly step: number;
  readonly images: number;
  /** Whether all were captured at every moment from then on. */
  readonly stayed: boolean;
  /** How often all were captured at one moment and not at the next. */
  readonly losses: number;
  /** Fewest modes captured from then on. */
  readonly worst: number;
}

/**
 * The time to coverage. It is known as finely as the moments lie: the true one is between the moment found and that before it.
 *
 * @param history By rising step.
 * @returns undefined when all modes were captured at no moment.
 */
export function coverageTime(history: readonly CoverageMoment[]): CoverageTime | undefined {
  const isComplete = ({ captured, modes }: CoverageMoment): boolean => captured >= modes;
  const start = history.findIndex(isComplete);
  if (start === -1) return undefined;
  const { step, images } = history[start]!;
  const after = history.slice(start);
  const losses = after.filter((moment, i) => i > 0 && isComplete(after[i - 1]!) && !isComplete(moment)).length;
  return { step, images, stayed: losses === 0, losses, worst: Math.min(...after.map(({ captured }) => captured)) };
}
