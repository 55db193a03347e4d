/** @file ADA's changes of colour: one 3 x 3 matrix and one offset for each sample. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { exp2, type Gates } from "./gates.ts";

const BRIGHTNESS_STD = 0.2;
const CONTRAST_STD = 0.5;
const SATURATION_STD = 1;

const matrix = (rows: readonly number[], factor: number): Tensor =>
  t.constant(
    Float32Array.from(rows, (x) => x * factor),
    [1, 3, 3],
  );
/** Projection on the grey axis (1, 1, 1) / √3, on the plane across it, and the cross product with the axis. */
const GREY = [1, 1, 1, 1, 1, 1, 1, 1, 1];
const ACROSS = [2, -1, -1, -1, 2, -1, -1, -1, 2];
const CROSS = [0, -1, 1, 1, 0, -1, -1, 1, 0];

/**
 * Images [N, C, H, W] of 1 or 3 channels: plus N(0, 0.2²); times 2^N(0, 0.5²); the grey axis reversed in half of the cases;
 * hues turned about it by a random angle; distances from it times 2^N(0, 1). Each happens with the strength.
 *
 * All of them act on the grey axis and on the plane across it apart, so their product is one factor on the axis, and one
 * factor and angle across it. One channel is the axis alone.
 */
export function changeColours(x: Tensor, { uniform, normal, happens, turn }: Gates): Tensor {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const factor = (name: string, std: number) => t.select(happens(name), exp2(t.mul(normal(name), std)), 1);
  const brightness = t.select(happens("brightness"), t.mul(normal("brightness"), BRIGHTNESS_STD), 0);
  const contrast = factor("contrast", CONTRAST_STD);
  const reversed = t.cast(t.greater(uniform("luma"), 0.5), "f32");
  const along = t.mul(contrast, t.select(happens("luma"), t.sub(1, t.mul(reversed, 2)), 1));
  const offset = t.mul(along, brightness);
  if (channels === 1) return t.add(t.mul(x, along), offset);
  const across = t.mul(contrast, factor("saturation", SATURATION_STD));
  const hue = turn("hue", happens("hue"));
  const term = (weight: Tensor, rows: readonly number[], scale: number) =>
    t.mul(t.reshape(weight, [n, 1, 1]), matrix(rows, scale));
  const mix = t.add(
    term(along, GREY, 1 / 3),
    t.add(term(t.mul(across, hue.cos), ACROSS, 1 / 3), term(t.mul(across, hue.sin), CROSS, 1 / Math.sqrt(3))),
  );
  const mixed = t.matmul(mix, t.reshape(x, [n, 3, height * width]));
  return t.add(t.reshape(mixed, x.shape), offset);
}
