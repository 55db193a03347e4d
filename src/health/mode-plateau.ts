/**
 * @file How many modes a generator covers, read from the loss of a discriminator that has been trained to its optimum against it.
 *
 * Where k of K equally likely, disjoint modes are covered, and equally, the optimal discriminator's loss is a function of k/K alone. It is
 * an explanation and no alarm: a discriminator that is not at its optimum reads as more modes.
 */

/** Losses of discriminators of which the closed form is known. */
export type PlateauLoss = "non-saturating" | "relativistic";

/**
 * Loss of the optimal discriminator against a generator that covers the share `covered` of equal modes, 0..1.
 * `non-saturating`: −c·ln(c/(1 + c)) − ln(1/(1 + c)), the sum over reals and fakes; 2 ln 2 when all are covered.
 * `relativistic`: c·ln 2.
 */
export function plateauLoss(covered: number, loss: PlateauLoss): number {
  if (covered <= 0) return 0;
  if (loss === "relativistic") return covered * Math.LN2;
  return -(covered * Math.log(covered / (1 + covered)) + Math.log(1 / (1 + covered)));
}

/** The share of equal modes that is covered, 0..1, from the loss of an optimal discriminator. The inverse of {@link plateauLoss}. */
export function coveredShare(value: number, loss: PlateauLoss): number {
  if (!(value > 0)) return 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (plateauLoss(middle, loss) < value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The closed form that fits an objective, or null. */
export function plateauLossOf(objective: string | null): PlateauLoss | null {
  if (objective === "relativistic") return "relativistic";
  return objective === "non-saturating" || objective === "minimax" ? "non-saturating" : null;
}
