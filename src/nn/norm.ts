/** @file Normalisation layers. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { type Initializer, ones, zeros } from "./init.ts";
import type { Context, Layer } from "./module.ts";

/** How batch statistics are used. */
export interface NormalisationOptions {
  /** Share of the OLD running average kept at each step (Keras's convention; PyTorch's momentum is 1 minus this). Default 0.9. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5 (PyTorch's; Keras's is 1e-3). */
  readonly epsilon?: number;
}

/** Options of {@link batchNorm}. */
export interface BatchNormOptions extends NormalisationOptions {
  /** Default ones. */
  readonly gainInit?: Initializer;
  /**
   * A gain and a bias for each class, chosen by {@link Context.condition} (f32[N, K], one-hot): `gain` and `bias` are then
   * tables [K, C]. The statistics stay those of the whole batch. De Vries et al., "Modulating early visual processing by
   * language" (2017); Miyato and Koyama, "cGANs with Projection Discriminator" (2018). Where nothing is asked, the plain
   * layer. Default false.
   */
  readonly conditional?: boolean;
}

/** [C] -> [1, C, 1, …], [N, C] -> [N, C, 1, …]: numbers per channel against x. */
export function alongChannels(values: Tensor, x: Tensor): Tensor {
  const samples = values.shape.length === 2 ? values.shape[0]! : 1;
  return t.reshape(values, [samples, x.shape[1]!, ...x.shape.slice(2).map(() => 1)]);
}

/** Gain and bias against x: [C] each, or a row of a table [K, C] where `condition` [N, K] says which. */
function gainAndBias(x: Tensor, context: Context, gainInit: Initializer, condition?: Tensor): [Tensor, Tensor] {
  const channels = x.shape[1]!;
  const ask = (name: string, init: Initializer) =>
    condition === undefined
      ? context.param(name, [channels], init)
      : t.matmul(condition, context.param(name, [condition.shape[1]!, channels], init));
  return [alongChannels(ask("gain", gainInit), x), alongChannels(ask("bias", zeros), x)];
}

/**
 * (x − mean) / sqrt(variance + epsilon) · gain + bias, over every axis but the channel axis 1. Training uses the statistics
 * of the batch (population variance) and moves the running averages `mean` and `variance`; sampling uses these.
 *
 * @param gain [1 or N, C, 1, …], as `bias`.
 */
export function normaliseBatch(
  x: Tensor,
  context: Context,
  gain: Tensor,
  bias: Tensor,
  { momentum = 0.9, epsilon = 1e-5 }: NormalisationOptions,
): Tensor {
  const channels = x.shape[1]!;
  const axes = x.shape.map((_, i) => i).filter((i) => i !== 1);
  const runningMean = context.buffer("mean", [channels], 0);
  const runningVariance = context.buffer("variance", [channels], 1);
  if (!context.training) {
    const scale = t.div(gain, t.sqrt(t.add(alongChannels(runningVariance, x), epsilon)));
    return t.add(t.mul(t.sub(x, alongChannels(runningMean, x)), scale), bias);
  }
  const mean = t.meanKeep(x, axes);
  const centred = t.sub(x, mean);
  const variance = t.meanKeep(t.square(centred), axes);
  const move = (running: Tensor, batch: Tensor) =>
    t.add(t.mul(running, momentum), t.mul(t.reshape(batch, running.shape), 1 - momentum));
  context.update("mean", move(runningMean, mean));
  context.update("variance", move(runningVariance, variance));
  return t.add(t.mul(centred, t.div(gain, t.sqrt(t.add(variance, epsilon)))), bias);
}

/**
 * Batch normalisation over every axis but the channel axis 1, for f32[N, C] and f32[N, C, H, W], as {@link normaliseBatch}
 * says. Ioffe and Szegedy, "Batch Normalization" (2015).
 */
export function batchNorm(options: BatchNormOptions = {}): Layer {
  const { gainInit = ones, conditional = false } = options;
  return {
    kind: "batchNorm",
    apply(x, context) {
      if (x.shape.length < 2) throw new ShapeError(`batchNorm: x needs a channel axis, got ${typeText(x)}`);
      const [gain, bias] = gainAndBias(x, context, gainInit, conditional ? context.condition : undefined);
      return normaliseBatch(x, context, gain, bias, options);
    },
  };
}

/**
 * Layer normalisation: each sample over all its axes, then a gain and a bias per channel (the convention of WGAN-GP's
 * code; PyTorch's LayerNorm has a gain per element). Ba, Kiros and Hinton, "Layer Normalization" (2016). Default epsilon 1e-5.
 */
export function layerNorm(epsilon = 1e-5): Layer {
  return {
    kind: "layerNorm",
    apply(x, context) {
      if (x.shape.length < 2) throw new ShapeError(`layerNorm: x needs a channel axis, got ${typeText(x)}`);
      const axes = x.shape.map((_, i) => i).slice(1);
      const [gain, bias] = gainAndBias(x, context, ones);
      const centred = t.sub(x, t.meanKeep(x, axes));
      const variance = t.meanKeep(t.square(centred), axes);
      return t.add(t.mul(t.div(centred, t.sqrt(t.add(variance, epsilon))), gain), bias);
    },
  };
}
