/** @file What is done to images [N, C, H, W], drawn anew for each sample: mirroring, moving, colours, cutting out. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { Draw } from "../augment.ts";
import { type Beyond, flip, shift } from "./resample.ts";

/** A uniform number in [0, 1) for each sample, f32[N, 1, 1, 1]. */
const perSample = (x: Tensor, random: Draw, name: string): Tensor =>
  random(name, [x.shape[0]!, 1, 1, 1], { kind: "uniform" });

/** ⌊x⌋ for x from 0 on. */
const floor = (x: Tensor): Tensor => t.cast(t.cast(x, "i32"), "f32");

/** Mirrors each image left to right with probability `probability`. */
export function mirrored(x: Tensor, random: Draw, probability: number): Tensor {
  return t.select(t.greater(probability, perSample(x, random, "mirror")), flip(x), x);
}

/** Moves each image by whole pixels, up to ⌊reach · side⌋ either way along each axis, all equally likely. */
export function translated(x: Tensor, random: Draw, reach: number, beyond: Beyond): Tensor {
  const by = (side: number, name: string): Tensor => {
    const most = Math.floor(reach * side);
    return t.sub(floor(t.mul(perSample(x, random, name), 2 * most + 1)), most);
  };
  return shift(x, by(x.shape[3]!, "translation-x"), by(x.shape[2]!, "translation-y"), beyond);
}

/** Adds a number of -½ to ½ to all values of an image. */
export const brightened = (x: Tensor, random: Draw): Tensor => t.add(x, t.sub(perSample(x, random, "brightness"), 0.5));

/** Stretches each pixel's distance from the mean of its channels by 0 to 2. One channel has no such distance. */
export function saturated(x: Tensor, random: Draw): Tensor {
  if (x.shape[1] === 1) return x;
  const grey = t.meanKeep(x, [1]);
  return t.add(t.mul(t.sub(x, grey), t.mul(perSample(x, random, "saturation"), 2)), grey);
}

/** Stretches each value's distance from the image's mean by ½ to 1½. */
export function contrasted(x: Tensor, random: Draw): Tensor {
  const centre = t.meanKeep(x, [1, 2, 3]);
  return t.add(t.mul(t.sub(x, centre), t.add(perSample(x, random, "contrast"), 0.5)), centre);
}

/** Brightness, saturation and contrast, in this order. */
export const coloured = (x: Tensor, random: Draw): Tensor =>
  contrasted(saturated(brightened(x, random), random), random);

/**
 * Sets a rectangle of ⌊share · side⌋ pixels along each axis to zero (grey, as images are -1..1). Its middle is any pixel
 * (one beyond the last, too, where the length is even), so that it may lie partly outside.
 */
export function cutOut(x: Tensor, random: Draw, share: number): Tensor {
  const within = (axis: 2 | 3, name: string): Tensor => {
    const side = x.shape[axis]!;
    const size = Math.floor(share * side);
    const middle = floor(t.mul(perSample(x, random, name), side + 1 - (size % 2)));
    const places = Float32Array.from({ length: side }, (_, i) => i + Math.floor(size / 2));
    const from = t.sub(t.constant(places, axis === 2 ? [1, 1, side, 1] : [1, 1, 1, side]), middle);
    // Pixels 0 to size - 1 of the rectangle.
    return t.cast(t.greater(size / 2, t.abs(t.sub(from, (size - 1) / 2))), "f32");
  };
  return t.mul(x, t.sub(1, t.mul(within(2, "cutout-y"), within(3, "cutout-x"))));
}
