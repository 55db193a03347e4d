/** @file StyleGAN2's generator: a mapping network makes styles, which modulate every convolution of the synthesis network. */

import type { Tensor } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import * as t from "../graph/tensor.ts";
import { equalisedDense } from "../nn/equalised.ts";
import { firUpsample } from "../nn/fir.ts";
import { normal, zeros } from "../nn/init.ts";
import { modulatedConv } from "../nn/modulated.ts";
import { applyLayer, type Context, type Layer, sequential } from "../nn/module.ts";

/** What the generator is built from. */
export interface GeneratorOptions {
  /** Side of the images: 4 · 2^k. */
  readonly size: number;
  readonly imageChannels: number;
  /** Length of a style. */
  readonly width: number;
  /** Feature channels at a resolution. */
  readonly channels: (resolution: number) => number;
  /** Layers of the mapping network. */
  readonly mappingDepth: number;
  /** Probability that a sample takes its later styles from a second latent, in training. */
  readonly mixing: number;
  /** Whether the synthesis has noise inputs. */
  readonly noise: boolean;
  /** How far styles go from their mean, in sampling. */
  readonly truncation: number;
}

/** How fast the mapping network learns beside the rest. */
const MAPPING_RATE = 0.01;
/** Share of the old mean style kept at each update. */
const AVERAGE_DECAY = 0.995;

/** Each row divided by the root of its mean square. */
const normalised = (x: Tensor): Tensor => t.div(x, t.sqrt(t.add(t.meanKeep(t.square(x), [1]), 1e-8)));

/** Latents [N, latent] -> styles [N, width]. What is asked for is embedded, normalised and put beside the latent. */
function mapLatents(
  z: Tensor,
  asked: Tensor | undefined,
  { width, mappingDepth }: GeneratorOptions,
  context: Context,
): Tensor {
  const parts = [normalised(z)];
  if (asked !== undefined) parts.push(normalised(applyLayer(equalisedDense(width), "embed", asked, context)));
  const layers = Array.from({ length: mappingDepth }, () =>
    equalisedDense(width, { rate: MAPPING_RATE, activation: "leakyRelu" }),
  );
  return sequential(...layers).apply(t.concat(parts, 1), context);
}

/** Fresh latents, with what stands beside the latent in `z` (a code, a class) kept as it is. */
function secondLatents(z: Tensor, width: number, context: Context): Tensor {
  const [n, length] = z.shape as [number, number];
  const own = Math.min(width, length);
  const fresh = context.random("mixing/latent", [n, own], { kind: "normal" });
  return own === length ? fresh : t.concat([fresh, t.slice(z, [0, own], [n, length - own])], 1);
}

/**
 * Styles [N, layers, width], one for each layer of the synthesis.
 *
 * In training, style mixing: with probability p a sample's layers from a crossover on, uniform in 1 … layers − 1, have the
 * style of a second latent. Our crossover is one for each sample (StyleGAN2's code: one for the batch). With r uniform in
 * [0, 1), layer l takes the second style where r < p · l / (layers − 1), which is the same in one draw.
 */
function layerStyles(z: Tensor, layers: number, options: GeneratorOptions, context: Context): Tensor {
  const { width, mixing, truncation } = options;
  const n = z.shape[0]!;
  const average = context.buffer("average", [width], 0);
  const asked = context.condition;
  const perLayer = (styles: Tensor) => t.broadcastTo(t.reshape(styles, [n, 1, width]), [n, layers, width]);
  if (!context.training) {
    const styles = mapLatents(z, asked, options, context);
    return perLayer(truncation === 1 ? styles : t.add(average, t.mul(t.sub(styles, average), truncation)));
  }
  const mixes = mixing > 0;
  const latents = mixes ? t.concat([z, secondLatents(z, width, context)], 0) : z;
  const conditions = asked && (mixes ? t.concat([asked, asked], 0) : asked);
  const mapped = mapLatents(latents, conditions, options, context);
  const first = mixes ? t.slice(mapped, [0, 0], [n, width]) : mapped;
  const mean = t.stopGradient(t.mean(first, [0]));
  context.update("average", t.add(t.mul(average, AVERAGE_DECAY), t.mul(mean, 1 - AVERAGE_DECAY)));
  if (!mixes) return perLayer(first);
  const second = t.slice(mapped, [n, 0], [n, width]);
  const limits = Float32Array.from({ length: layers }, (_, layer) => (mixing * layer) / (layers - 1));
  const draw = context.random("mixing/crossover", [n, 1, 1], { kind: "uniform" });
  const takesSecond = t.greater(t.constant(limits, [1, layers, 1]), draw);
  return t.select(takesSecond, t.reshape(second, [n, 1, width]), t.reshape(first, [n, 1, width]));
}

/** One modulated 3x3 convolution with noise, bias and LeakyReLU 0.2 times √2. */
function styledConv(
  x: Tensor,
  style: Tensor,
  { channels, up, noise }: { readonly channels: number; readonly up: boolean; readonly noise: boolean },
  context: Context,
): Tensor {
  const width = x.shape[1]!;
  // √2 passes through the activation, and is cheapest where arrays are small.
  const gain = Math.SQRT2;
  const scale = applyLayer(equalisedDense(width, { biasInit: 1 }), "affine", style, context);
  const weight = context.param("weight", up ? [width, channels, 3, 3] : [channels, width, 3, 3], normal(1));
  let y = modulatedConv(x, scale, weight, { up, gain });
  if (noise) {
    const [n, , height, columns] = y.shape as [number, number, number, number];
    const fixed = context.buffer("noise", [1, 1, height, columns], normal(1));
    const drawn = context.training ? context.random("noise", [n, 1, height, columns], { kind: "normal" }) : fixed;
    y = t.add(y, t.mul(drawn, t.mul(context.param("noiseStrength", [1], zeros), gain)));
  }
  const bias = t.mul(context.param("bias", [channels], zeros), gain);
  return t.leakyRelu(t.add(y, t.reshape(bias, [1, channels, 1, 1])), 0.2);
}

/** Colours of x: a modulated 1x1 convolution without demodulation. */
function toImage(x: Tensor, style: Tensor, channels: number, context: Context): Tensor {
  const width = x.shape[1]!;
  const affine = equalisedDense(width, { biasInit: 1, gain: 1 / Math.sqrt(width) });
  const scale = applyLayer(affine, "affine", style, context);
  const weight = context.param("weight", [channels, width, 1, 1], normal(1));
  const y = modulatedConv(x, scale, weight, { demodulate: false });
  return t.add(y, t.reshape(context.param("bias", [channels], zeros), [1, channels, 1, 1]));
}

/** Runs `build` as the part called `name`. */
const part = (name: string, context: Context, build: (context: Context) => Tensor): Tensor =>
  inScope(name, () => build(context.child(name)));

/** Styles [N, layers, width] -> images: at every resolution two styled convolutions, whose colours are added up. */
function synthesise(styles: Tensor, options: GeneratorOptions, context: Context): Tensor {
  const { size, imageChannels, noise } = options;
  const [n, , width] = styles.shape as [number, number, number];
  const style = (layer: number) => t.reshape(t.slice(styles, [0, layer, 0], [n, 1, width]), [n, width]);
  const start = options.channels(4);
  let x = t.reshape(context.param("constant", [start, 4, 4], normal(1)), [1, start, 4, 4]);
  let image: Tensor | undefined;
  let layer = 0;
  for (let resolution = 4; resolution <= size; resolution *= 2) {
    const channels = options.channels(resolution);
    const block = context.child(`b${resolution}`);
    inScope(`b${resolution}`, () => {
      for (const [name, up] of [
        ["conv0", true],
        ["conv1", false],
      ] as const) {
        if (up && resolution === 4) continue;
        const before = x;
        x = part(name, block, (place) => styledConv(before, style(layer), { channels, up, noise }, place));
        layer++;
      }
      // Colours have the style of the layer that follows, as in StyleGAN2.
      const colours = part("toImage", block, (place) => toImage(x, style(layer), imageChannels, place));
      image = image === undefined ? colours : t.add(firUpsample(image), colours);
    });
  }
  return image!;
}

/**
 * Latents [N, latent] -> images [N, C, size, size], without a last activation.
 *
 * Shows `styles` [N, layers, width], from which alone everything after the mapping is computed, and `samples`, the images.
 * Noise is drawn in training; in sampling it is a fixed array, the same for all samples (StyleGAN2's `noise_mode=const`).
 */
export function stylegan2Generator(options: GeneratorOptions): Layer {
  const layers = 2 * Math.log2(options.size) - 2;
  return {
    kind: "stylegan2",
    apply(z, context) {
      const styles = part("mapping", context, (place) => layerStyles(z, layers, options, place));
      context.show("styles", styles);
      const samples = part("synthesis", context, (place) => synthesise(styles, options, place));
      context.show("samples", samples);
      return samples;
    },
  };
}
