/** @file The batches of a training by number: which samples, mirrored or not, and their labels. */

import { type Config, trainingSeed } from "../../../config/config.ts";
import { BatchOrder, gatherBatch, gatherLabels } from "../../../data/batches.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game } from "../../../gan/game/game.ts";
import { sizeOf } from "../../../graph/ops.ts";
import { fillBernoulli, streamKey } from "../../../util/rng.ts";
import type { StepFeeds } from "./executor.ts";

/** A batch as it is fed. */
export type Batch = Pick<StepFeeds, "real" | "labels">;

/** An array for a batch of samples. */
export function batchArray({ kind, shape }: Dataset, batch: number): Uint8Array | Float32Array {
  const size = batch * sizeOf(shape);
  return kind === "images" ? new Uint8Array(size) : new Float32Array(size);
}

/** An array for their one-hot labels, where a game is about classes. */
export const labelArray = ({ condition, batch }: Game): Float32Array | undefined =>
  condition?.kind === "labels" ? new Float32Array(batch * condition.classes) : undefined;

/** The batches of a training, each a function of its number. */
export class TrainingBatches {
  private readonly config: Config;
  private readonly dataset: Dataset;
  private readonly order: BatchOrder;
  private readonly seed: number;
  private readonly real: Uint8Array | Float32Array;
  private readonly labels: Float32Array | undefined;
  private readonly indices: Uint32Array;
  private readonly mirror: Uint8Array;

  constructor(config: Config, dataset: Dataset, game: Game) {
    const { batch } = config;
    this.seed = trainingSeed(config);
    this.config = config;
    this.dataset = dataset;
    this.order = new BatchOrder({ count: dataset.count, batch, seed: this.seed });
    this.real = batchArray(dataset, batch);
    this.labels = labelArray(game);
    this.indices = new Uint32Array(batch);
    this.mirror = new Uint8Array(batch);
  }

  /** Batch number `draw`. The arrays are used again for the next one. */
  get(draw: number): Batch {
    const { config, dataset, indices, real, labels } = this;
    this.order.fill(draw * config.batch, indices);
    if (config.data.mirror) fillBernoulli(streamKey(this.seed, "data/mirror"), draw, 0.5, this.mirror);
    gatherBatch(dataset, indices, real, config.data.mirror ? this.mirror : undefined);
    if (labels !== undefined) gatherLabels(dataset, indices, labels);
    return { real, ...(labels && { labels }) };
  }
}
