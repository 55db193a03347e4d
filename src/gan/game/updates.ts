/** @file How the players move: whose gradient is taken where, and how often. */

/** Further updates of the discriminator that the generator looks through. */
export interface Unroll {
  /** How many, at least 1. */
  readonly steps: number;
  /**
   * What makes them. `own` is the discriminator's own optimiser going on from its present moments, as in the authors'
   * notebook; `sgd` is plain descent; `adam` is Adam from moments of zero.
   */
  readonly optimizer: "own" | "sgd" | "adam";
  /** Their learning rate. Default that of the discriminator, with its schedule. */
  readonly lr?: number | undefined;
  /** Adam's decay of the first moment, for `adam`. */
  readonly beta1: number;
  /** Adam's decay of the second moment, for `adam`. */
  readonly beta2: number;
}

/** How the players move. */
export interface Updates {
  /**
   * `alternating`: the generator answers the already updated discriminator. `simultaneous`: both move from one evaluation.
   * `extragradient`: both look one move ahead, and move from where they were by the gradients found there.
   */
  readonly mode: "alternating" | "simultaneous" | "extragradient";
  /** Discriminator updates per step. */
  readonly discriminatorSteps: number;
  /** Generator updates per step. */
  readonly generatorSteps: number;
  /** Batches whose mean gradient makes a move. Default 1. */
  readonly accumulate?: number | undefined;
  /** Lets the generator play against the discriminator as it would be some updates later. Default: as it is. */
  readonly unroll?: Unroll | undefined;
}
