/**
 * @file Pixels repeated in windows, and sums and maxima over windows, as the image operators of ONNX.
 *
 * `nn/resample.ts` writes them over six axes, [N, C, H, f, W, g], and so do their derivatives. The general operators walk
 * such arrays element by element. On the CPU provider, one thread, [64, 64, 16, 16] to and from 32 by 32 pixels: Expand 33 ms,
 * Resize 4; ReduceSum 5.8, AveragePool 1.8; ReduceMax 5.6, MaxPool 1.9.
 */

import type { NodeOf, Shape } from "../../graph/ops.ts";
import type { ModelBuilder } from "./model.ts";

/** The axes within windows. */
const WITHIN = "3,5";

const reshape = (model: ModelBuilder, x: string, shape: Shape): string =>
  model.node("Reshape", [x, model.shape(shape)]);

/** [N, C, H, 1, W, 1] -> [N, C, H, f, W, g] as a nearest-neighbour resize; null for every other broadcast. */
export function lowerRepeat({ inputs: [x], shape }: NodeOf<"broadcastTo">, model: ModelBuilder, name: string) {
  if (x!.dtype !== "f32" || shape.length !== 6 || x!.shape.length !== 6) return null;
  const [n, c, h, f, w, g] = shape as [number, number, number, number, number, number];
  if (x!.shape.join() !== [n, c, h, 1, w, 1].join()) return null;
  const scales = model.initializer("f32", [4], Float32Array.of(1, 1, f, g));
  const resized = model.node("Resize", [reshape(model, name, [n, c, h, w]), "", scales], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
  return reshape(model, resized, shape);
}

/** A reduction of [N, C, H, f, W, g] over f and g as a pooling; null for every other reduction. */
export function lowerWindows(
  { attrs: { axes }, inputs: [x], shape }: NodeOf<"reduceSum"> | NodeOf<"reduceMax">,
  type: "AveragePool" | "MaxPool",
  model: ModelBuilder,
  name: string,
) {
  if (x!.shape.length !== 6 || axes.join() !== WITHIN) return null;
  const [n, c, h, f, w, g] = x!.shape as [number, number, number, number, number, number];
  const image = reshape(model, name, [n, c, h * f, w * g]);
  const pooled = model.node(type, [image], { kernel_shape: [f, g], strides: [f, g] });
  const result = type === "AveragePool" ? model.node("Mul", [pooled, model.scalar(f * g)]) : pooled;
  return reshape(model, result, shape);
}
