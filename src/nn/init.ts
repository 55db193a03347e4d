/** @file Initial values of parameters: functions of a random stream and a shape. */

import type { Shape } from "../graph/ops.ts";
import { fillNormal, fillUniform, type StreamKey } from "../util/rng.ts";

/** Fills `out`, an array of `shape`, from the stream `key`. */
export type Initializer = (key: StreamKey, shape: Shape, out: Float32Array) => void;

/** Every element `value`. */
export const fillWith =
  (value: number): Initializer =>
  (_, __, out) => {
    out.fill(value);
  };

/** Zeros. */
export const zeros: Initializer = fillWith(0);
/** Ones. */
export const ones: Initializer = fillWith(1);

/** Normal numbers with the given mean and standard deviation. DCGAN: 0.02 around 0 for filters, around 1 for gains. */
export const normal =
  (std: number, mean = 0): Initializer =>
  (key, _, out) => {
    fillNormal(key, 0, out);
    for (let i = 0; i < out.length; i++) out[i] = mean + std * out[i]!;
  };

/** Uniform numbers in [-bound, bound). */
export const uniform =
  (bound: number): Initializer =>
  (key, _, out) => {
    fillUniform(key, 0, out);
    for (let i = 0; i < out.length; i++) out[i] = bound * (2 * out[i]! - 1);
  };

/** Fan-in and fan-out of a dense [out, in] or convolution [O, I, kh, kw] weight. */
export function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const field = shape.slice(2).reduce((n, k) => n * k, 1);
  return { fanIn: (shape[1] ?? 1) * field, fanOut: (shape[0] ?? 1) * field };
}

/** Uniform with bound sqrt(6 / (fanIn + fanOut)): Keras's default (Glorot and Bengio 2010). */
export const glorotUniform: Initializer = (key, shape, out) => {
  const { fanIn, fanOut } = fans(shape);
  uniform(Math.sqrt(6 / (fanIn + fanOut)))(key, shape, out);
};

/** Normal with standard deviation gain / sqrt(fanIn); `gain` 1 keeps the variance through a linear layer. */
export const fanInNormal =
  (gain = 1): Initializer =>
  (key, shape, out) =>
    normal(gain / Math.sqrt(fans(shape).fanIn))(key, shape, out);

/** Normal with standard deviation sqrt(2 / fanIn): for ReLU networks (He et al. 2015). */
export const heNormal: Initializer = fanInNormal(Math.SQRT2);

/** What `init` draws, times `factor`. */
export const scaled =
  (init: Initializer, factor: number): Initializer =>
  (key, shape, out) => {
    init(key, shape, out);
    for (let i = 0; i < out.length; i++) out[i]! *= factor;
  };

/** Uniform with bound 1 / sqrt(fanIn): PyTorch's default for dense and convolution layers. */
export const fanInUniform =
  (fanIn?: number): Initializer =>
  (key, shape, out) =>
    uniform(1 / Math.sqrt(fanIn ?? fans(shape).fanIn))(key, shape, out);
