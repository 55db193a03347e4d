/** @file Normalisation layers. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { type Initializer, ones, zeros } from "./init.ts";
import type { Context, Layer } from "./module.ts";

/** Options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Share of the OLD running average kept at each step (Keras's convention; PyTorch's momentum is 1 minus this). Default 0.9. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5 (PyTorch's; Keras's is 1e-3). */
  readonly epsilon?: number;
  /** Default ones. */
  readonly gainInit?: Initializer;
  /**
   * A gain and a bias for each class, chosen by {@link Context.condition} (f32[N, K], one-hot): `gain` and `bias` are then
   * tables [K, C]. The statistics stay those of the whole batch. De Vries et al., "Modulating early visual processing by
   * language" (2017); Miyato and Koyama, "cGANs with Projection Discriminator" (2018). Default false.
   */
  readonly conditional?: boolean;
}

/** [1, C, 1, …]: a per-channel vector against x. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return t.reshape(
    vector,
    x.shape.map((n, i) => (i === 1 ? n : 1)),
  );
}

function gainAndBias(x: Tensor, context: Context, gainInit: Initializer): [Tensor, Tensor] {
  const channels = x.shape[1]!;
  return [
    perChannel(context.param("gain", [channels], gainInit), x),
    perChannel(context.param("bias", [channels], zeros), x),
  ];
}

/** Rows of the tables `gain` and `bias` [K, C] as the condition chooses them, [N, C, 1, …]. */
function chosenGainAndBias(x: Tensor, context: Context, gainInit: Initializer): [Tensor, Tensor] {
  const { condition } = context;
  if (condition === undefined) {
    throw new ConfigError("batchNorm: it is conditional, but the network is asked for nothing", {
      help: "give the game a condition, or leave `conditional` out",
    });
  }
  const [channels, classes] = [x.shape[1]!, condition.shape[1]!];
  const shape = x.shape.map((n, i) => (i < 2 ? n : 1));
  const row = (name: string, init: Initializer) =>
    t.reshape(t.matmul(condition, context.param(name, [classes, channels], init)), shape);
  return [row("gain", gainInit), row("bias", zeros)];
}

/**
 * Batch normalisation over every axis but the channel axis 1, for f32[N, C] and f32[N, C, H, W].
 *
 * Training uses the statistics of the batch (population variance) and moves the running averages; sampling uses the
 * running averages. Ioffe and Szegedy, "Batch Normalization" (2015).
 */
export function batchNorm(options: BatchNormOptions = {}): Layer {
  const { momentum = 0.9, epsilon = 1e-5, gainInit = ones, conditional = false } = options;
  return {
    kind: "batchNorm",
    apply(x, context) {
      if (x.shape.length < 2) throw new ShapeError(`batchNorm: x needs a channel axis, got ${typeText(x)}`);
      const axes = x.shape.map((_, i) => i).filter((i) => i !== 1);
      const [gain, bias] = (conditional ? chosenGainAndBias : gainAndBias)(x, context, gainInit);
      const runningMean = context.buffer("mean", [x.shape[1]!], 0);
      const runningVariance = context.buffer("variance", [x.shape[1]!], 1);
      if (!context.training) {
        const scale = t.div(gain, t.sqrt(t.add(perChannel(runningVariance, x), epsilon)));
        return t.add(t.mul(t.sub(x, perChannel(runningMean, x)), scale), bias);
      }
      const mean = t.meanKeep(x, axes);
      const centred = t.sub(x, mean);
      const variance = t.meanKeep(t.square(centred), axes);
      const move = (running: Tensor, batch: Tensor) =>
        t.add(t.mul(running, momentum), t.mul(t.reshape(batch, running.shape), 1 - momentum));
      context.update("mean", move(runningMean, mean));
      context.update("variance", move(runningVariance, variance));
      return t.add(t.mul(centred, t.div(gain, t.sqrt(t.add(variance, epsilon)))), bias);
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
