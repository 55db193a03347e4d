/** @file What probes look at: the players' samples, logits and weights at one point of a training, as plain arrays. */

/** Rows of numbers: [rows, columns], row by row. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** One array of a player's parameters. */
export interface Weight {
  /** Such as `block1/conv/weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Something of each set that the discriminator is shown. `heldOut` is absent where no reals are kept apart. */
export interface OfEachSet<T> {
  readonly real: T;
  readonly fake: T;
  readonly heldOut?: T;
}

/**
 * The players at one point. Networks are in training mode, under the weights that are trained (no moving average).
 * Images are in -1..1, points as they are, each flattened to a row.
 */
export interface Look {
  /**
   * As many reals, fakes and held-out reals as a look has samples; of reals and held-out reals fewer where there are
   * fewer, as none counts twice.
   */
  readonly samples: OfEachSet<Rows>;
  /** Fakes of the moving average in sampling mode, from the latents of `samples.fake`; absent where none is kept. */
  readonly average?: Rows;
  /** The first fakes again, their latents moved by `by` times a standard normal vector. Absent where they are not drawn. */
  readonly nudged?: { readonly samples: Rows; readonly by: number };
  /** One logit for each sample, or for each pack of samples. */
  readonly logits: OfEachSet<Float32Array>;
  /** What the discriminator's last layer but one gives for each sample or pack; at most a few hundred columns. */
  readonly features: OfEachSet<Rows>;
  /** Euclidean norms of the gradient of the logit with respect to the sample, for the first reals and fakes. Absent where they are not measured. */
  readonly inputGradients?: Pick<OfEachSet<Float32Array>, "real" | "fake">;
  /**
   * Mean size of the derivative of the generator's loss with respect to a fake's logit, times the number of logits;
   * absent where the loss does not look at logits, as in feature matching.
   */
  readonly generatorSignal?: number;
  /** Learned arrays of both players. */
  readonly weights: { readonly generator: readonly Weight[]; readonly discriminator: readonly Weight[] };
  /**
   * Sizes of the gradients of each learned array, of its player's objective on the look's batches, without penalties:
   * `generator/block1/conv/weight`. Absent where they are not measured.
   */
  readonly layerGradients?: Readonly<Record<string, number>>;
}
