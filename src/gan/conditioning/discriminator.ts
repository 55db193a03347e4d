/** @file Telling a discriminator the class of what it judges, or asking it for the class or the code. */

import { type Shape, sizeOf, type Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { leakyRelu } from "../../nn/activation.ts";
import { withContext } from "../../nn/context.ts";
import { dense } from "../../nn/dense.ts";
import type { HeadOptions } from "../../nn/features.ts";
import { applyLayer, type Context, type Layer, sequential } from "../../nn/module.ts";
import { ConfigError } from "../../util/errors.ts";
import { askedOf, embed } from "./generator.ts";
import type { DiscriminatorWay } from "./options.ts";

/** How {@link conditionDiscriminator} builds what it adds. */
export interface DiscriminatorOptions {
  /** Length of the learned vectors of `embedding`. Default 64. */
  readonly embedding?: number;
  /** What the layers added at the end are like. Default: as {@link HeadOptions} says. */
  readonly head?: HeadOptions;
}

/** Applies `body`, which does not see the condition, and gives its logits with its features as vectors, f32[N, C]. */
function judge(body: Layer, x: Tensor, context: Context, head: HeadOptions): { logits: Tensor; features: Tensor } {
  const shown = new Map<string, Tensor>();
  const inner = withContext(context, { condition: undefined, onShow: (name, value) => shown.set(name, value) });
  const logits = body.apply(x, inner);
  const features = shown.get("features");
  if (features === undefined) {
    throw new ConfigError("the discriminator shows no features for a head to look at", {
      help: "put showFeatures() before its last layer, or tell it the classes by `concat`",
    });
  }
  if (head.space === "flatten") return { logits, features: t.reshape(features, [x.shape[0]!, -1]) };
  const space = features.shape.map((_, axis) => axis).slice(2);
  return { logits, features: t.sum(features, space) };
}

/** One-hot labels beside the sample: constant planes [N, K, H, W] for images, coordinates for points. */
function besides(x: Tensor, labels: Tensor): Tensor {
  const [n, k] = labels.shape as [number, number];
  const space = x.shape.slice(2);
  const planes = t.broadcastTo(t.reshape(labels, [n, k, ...space.map(() => 1)]), [n, k, ...space]);
  return t.concat([x, planes], 1);
}

/** A learned vector of the label beside the sample: drawn out to one plane for images, as coordinates for points. */
function embeddedBesides(x: Tensor, labels: Tensor, context: Context, options: DiscriminatorOptions): Tensor {
  const spectral = options.head?.spectral ?? false;
  const vector = applyLayer(embed(options.embedding ?? 64, spectral), "embedding", labels, context);
  const space: Shape = x.shape.slice(2);
  if (space.length === 0) return t.concat([x, vector], 1);
  const plane = applyLayer(dense(sizeOf(space), { spectral }), "plane", vector, context);
  return t.concat([x, t.reshape(plane, [x.shape[0]!, 1, ...space])], 1);
}

/**
 * `body`, a discriminator of f32[N, …] that shows its features φ ({@link showFeatures}), made one of samples with their
 * classes y, one-hot f32[N, K]. Under packing y is the labels of a pack in a row, and each place has vectors of its own.
 *
 * - `concat`: body([x, y]), y as planes or coordinates. Mirza and Osindero, "Conditional Generative Adversarial Nets" (2014).
 * - `embedding`: body([x, E y]), E y drawn out to one plane by a dense layer.
 * - `projection`: body(x) + <V y, φ>; the table V is `projection/weight` [K, C]. Miyato and Koyama, "cGANs with Projection
 *   Discriminator" (2018). Theirs sums φ over space first, as their network does; see {@link HeadOptions.space}.
 * - `class-head`: body(x), and logits [N, K] of the classes from φ, shown as `classes`. Odena, Olah and Shlens,
 *   "Conditional Image Synthesis with Auxiliary Classifier GANs" (2017).
 * - `none`: body(x), which does not see it.
 */
export function conditionDiscriminator(body: Layer, way: DiscriminatorWay, options: DiscriminatorOptions = {}): Layer {
  const head = options.head ?? {};
  const apply = (x: Tensor, context: Context): Tensor => {
    const inner = withContext(context, { condition: undefined });
    if (way === "none") return body.apply(x, inner);
    const labels = askedOf(context);
    if (way === "concat") return body.apply(besides(x, labels), inner);
    if (way === "embedding") return body.apply(embeddedBesides(x, labels, context, options), inner);
    const { logits, features } = judge(body, x, context, head);
    const classes = labels.shape[1]!;
    if (way === "projection") {
      // A score for each class; the label picks its own. The same as the product of its vector with the features.
      const scores = applyLayer(dense(classes, { ...head, bias: false }), "projection", features, context);
      return t.add(logits, t.reshape(t.sum(t.mul(scores, labels), [1]), [x.shape[0]!, 1]));
    }
    context.show("classes", applyLayer(dense(classes, head), "classHead", features, context));
    return logits;
  };
  return { kind: body.kind, apply };
}

/** Units of the hidden layer of InfoGAN's head. */
const CODE_UNITS = 128;

/**
 * `body` with a head that looks for the code in a sample: from φ through a hidden layer of 128 units and LeakyReLU 0.1,
 * shown as `code`, f32[N, size]. It shares everything but these two layers with the discriminator. Chen et al.,
 * "InfoGAN" (2016), whose hidden layer is batch-normalised besides.
 *
 * @param size Numbers that the head gives for a sample (for a pack of samples: for all of them).
 */
export function codeDiscriminator(body: Layer, size: number, head: HeadOptions = {}): Layer {
  const { spectral = false } = head;
  const layer = sequential(dense(CODE_UNITS, { spectral }), leakyRelu(0.1), dense(size, { spectral }));
  return {
    kind: body.kind,
    apply(x, context) {
      const { logits, features } = judge(body, x, context, head);
      context.show("code", applyLayer(layer, "codeHead", features, context));
      return logits;
    },
  };
}
