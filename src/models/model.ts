/** @file What a model is: a generator and a discriminator that fit a kind of sample. */

import type { Shape } from "../graph/ops.ts";
import type { HeadOptions } from "../nn/features.ts";
import type { Layer } from "../nn/module.ts";

/** The samples a model is asked to make: images [C, H, W] or points [D]. */
export interface SampleShape {
  readonly kind: "images" | "points";
  readonly shape: Shape;
}

/**
 * A pair of networks. The generator takes [N, latent], the discriminator a batch of samples and gives logits [N, 1]. How many
 * channels the samples have, the discriminator learns from what it is shown: packs and pairs have more.
 */
export interface Model {
  readonly latent: number;
  readonly generator: Layer;
  readonly discriminator: Layer;
  /** Finds latents: a batch of samples -> [N, latent]. For games with a reconstructor; a model may have none. */
  readonly encoder?: Layer;
  /** What a layer added to the discriminator's end should be like: as its own last one. Default: as {@link HeadOptions} says. */
  readonly head?: HeadOptions;
}

/** What the networks are asked for, where they are asked for anything. */
export interface ModelCondition {
  /** Number of classes, the length of the condition vector of one sample. */
  readonly classes: number;
  /** Whether the generator's normalisation is to have a gain and a bias for each class. */
  readonly conditionalNorm: boolean;
}

/**
 * Builds the pair for a kind of sample. A generator that looks at `Context.condition` by itself is told the class that way
 * (`conditioning.generator: native`); it must work without too: where another way is chosen, the condition is hidden from it.
 * @throws ConfigError when the model cannot make such samples.
 */
export type ModelBuilder = (sample: SampleShape, condition?: ModelCondition) => Model;
