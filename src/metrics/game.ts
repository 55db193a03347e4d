/** @file What a metric of a game asks: how much each player could still win from where both are. */

/** How {@link PlayedGame.dualityGap} is measured. */
export interface DualityGapOptions {
  /** Updates of each side from the present point: the budget, which must be the same for figures that are compared. */
  readonly steps: number;
  /** Learning rate of both sides. Default: each player's own, without its schedule. */
  readonly lr?: number | undefined;
  /** Reals and fakes that M is measured on. */
  readonly samples: number;
  /** Of the halves, the batches and the noise. */
  readonly seed: number;
}

/** M = E log D(x) + E log(1 − D(G(z))) in nats, at most 0: at the present point, and after either side was made better. */
export interface DualityGap {
  /** M with both players as they are; −2 ln 2 at an equilibrium with the data matched. */
  readonly value: number;
  /** M with a better discriminator, less `value`. */
  readonly discriminatorGain: number;
  /** `value`, less M with a better generator. */
  readonly generatorGain: number;
  /** The sum of both: 0 at an equilibrium, above elsewhere. */
  readonly gap: number;
  /** Of `gap`, from the samples it is measured on. */
  readonly standardError: number;
}

/** Two players at some point of their game, with reals that neither has learned from. */
export interface PlayedGame {
  /** The reals. */
  readonly reals: { readonly name: string; readonly count: number };
  /** @throws DataError when M is not finite. */
  dualityGap(options: DualityGapOptions): Promise<DualityGap>;
}
