/** @file Self-attention over the pixels of an image. */

import { type Tensor, typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { conv2d } from "./conv.ts";
import { glorotUniform, type Initializer, zeros } from "./init.ts";
import { applyLayer, type Context, type Layer } from "./module.ts";
import { maxPool } from "./resample.ts";

/** Options of {@link selfAttention}. */
export interface SelfAttentionOptions {
  /** Divides each of the four filters by its largest singular value. Default false. */
  readonly spectral?: boolean;
  /** Default Glorot uniform. */
  readonly init?: Initializer;
}

/** e^x over its sum along the last axis. The largest is subtracted first: nothing overflows. */
function softmax(x: Tensor): Tensor {
  const last = [x.shape.length - 1];
  const powers = t.exp(t.sub(x, t.stopGradient(t.maxKeep(x, last))));
  return t.div(powers, t.sumKeep(powers, last));
}

/**
 * x + γ o(softmax(f(x)ᵀ g(x)) h(x)) on f32[N, C, H, W], H and W even: every pixel looks at all others. γ is learned and
 * starts at 0, so that the layer begins as the identity. Zhang et al., "Self-Attention Generative Adversarial Networks" (2019).
 *
 * f, g, h and o are 1x1 convolutions without bias. The convention is that of the code of SAGAN and BigGAN: f and g have C/8
 * channels, h C/2 (the paper writes C/8), each at least one, and g and h, the keys and values, are max-pooled by 2 (the paper
 * does not).
 */
export function selfAttention(options: SelfAttentionOptions = {}): Layer {
  const { spectral = false, init = glorotUniform } = options;
  const mix = (name: string, channels: number, x: Tensor, context: Context) =>
    applyLayer(conv2d(channels, { kernel: 1, bias: false, spectral, init }), name, x, context);
  return {
    kind: "selfAttention",
    apply(x, context) {
      if (x.shape.length !== 4) throw new ShapeError(`selfAttention: x must be [N, C, H, W], got ${typeText(x)}`);
      const [n, c, height, width] = x.shape as [number, number, number, number];
      const [few, half] = [Math.max(1, Math.floor(c / 8)), Math.max(1, Math.floor(c / 2))];
      const flat = (y: Tensor) => t.reshape(y, [n, y.shape[1]!, y.shape[2]! * y.shape[3]!]);
      const queries = flat(mix("f", few, x, context));
      const keys = flat(maxPool().apply(mix("g", few, x, context), context));
      const values = flat(maxPool().apply(mix("h", half, x, context), context));
      // [N, pixels, pixels / 4]: where each pixel looks.
      const attention = softmax(t.matmul(queries, keys, { transposeA: true }));
      const seen = t.matmul(values, attention, { transposeB: true });
      const out = mix("o", c, t.reshape(seen, [n, half, height, width]), context);
      return t.add(x, t.mul(context.param("gamma", [], zeros), out));
    },
  };
}
