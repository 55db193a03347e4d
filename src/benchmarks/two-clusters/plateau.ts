/** @file The plateau of a game of two clusters: how long it stays on one of them, and what the discriminator's loss is there. */

/** What was seen of a game at one look. */
export interface Sight {
  readonly epoch: number;
  readonly loss: number;
  /** Share of the samples in each cluster. */
  readonly shares: readonly number[];
}

/** Epochs between two looks. */
export const LOOK = 20;
/** Epochs on one cluster from which on a stay counts as a plateau. */
const LEAST = 200;

/** A stay on one cluster. */
export interface Plateau {
  readonly epochs: number;
  /** The median of the discriminator's loss over it. */
  readonly loss: number;
}

/** The cluster on which a game sits: at least 95 % of its samples in it and none in the other; -1 where it sits on neither. */
const seatOf = ({ shares }: Sight): number =>
  Math.min(...shares) > 0 ? -1 : shares.findIndex((share) => share >= 0.95);

/** The longest stay on one cluster; null where none is 200 epochs long. */
export function plateauOf(curve: readonly Sight[]): Plateau | null {
  let best: readonly Sight[] = [];
  let current: Sight[] = [];
  let seat = -1;
  for (const sight of curve) {
    const now = seatOf(sight);
    if (now !== seat) current = [];
    seat = now;
    if (now >= 0) current.push(sight);
    if (current.length > best.length) best = [...current];
  }
  if (best.length * LOOK < LEAST) return null;
  const losses = best.map(({ loss }) => loss).sort((a, b) => a - b);
  return { epochs: best.length * LOOK, loss: losses[losses.length >> 1]! };
}
