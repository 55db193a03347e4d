/** @file What ONNX Runtime's WebGPU kernels cannot do, or do wrong without a word (1.30), and how it is avoided. */

import type { LoweringOptions } from "./lowering-context.ts";
import type { ModelBuilder } from "./model.ts";

type Context = Pick<LoweringOptions, "webgpu"> & { readonly model: ModelBuilder };

/**
 * Parts of one Split: its shader names the whole and every part, and WebGPU guarantees a shader eight arrays. (More of them end the
 * training with "Too many storage buffers in shader".)
 */
const MOST_PARTS = 7;

/** Cuts `x` along its first axis into parts of `sizes`: too many for one shader into groups of parts first. */
export function splitFirstAxis(context: Context, x: string, sizes: readonly number[]): string[] {
  const { model, webgpu = false } = context;
  if (sizes.length === 1) return [x];
  if (!webgpu || sizes.length <= MOST_PARTS)
    return model.nodeWithOutputs("Split", [x, model.ints(sizes)], sizes.length, { axis: 0 });
  let each = MOST_PARTS;
  while (each * MOST_PARTS < sizes.length) each *= MOST_PARTS;
  const groups: (readonly number[])[] = [];
  for (let at = 0; at < sizes.length; at += each) groups.push(sizes.slice(at, at + each));
  const lengths = groups.map((group) => group.reduce((sum, size) => sum + size, 0));
  return splitFirstAxis(context, x, lengths).flatMap((whole, i) => splitFirstAxis(context, whole, groups[i]!));
}

/**
 * Whether Conv would read wrong numbers. Where outputs are a multiple of four and channels one of three and not of four, it takes
 * channels by threes, and is right only of three in all. Known as microsoft/onnxruntime, issue 29651.
 */
const isMisread = (channels: number, outputs: number): boolean =>
  channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && outputs % 4 === 0;

/**
 * The operands of a Conv without groups, x [N, channels, …] and w [outputs, channels, …], as they can be given to it: where they would be misread, with channels
 * of zeros up to a multiple of four.
 */
export function legible(
  { model, webgpu = false }: Context,
  operands: readonly string[],
  channels: number,
  outputs: number,
): readonly string[] {
  if (!webgpu || !isMisread(channels, outputs)) return operands;
  const spare = 4 - (channels % 4);
  return operands.map((name) => model.node("Pad", [name, model.ints([0, 0, 0, 0, 0, spare, 0, 0])]));
}
