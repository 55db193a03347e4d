/**
 * @file Finding out the channel block of ONNX Runtime's blocked kernels on this machine: 16 with AVX-512, 8 on other x86,
 * none elsewhere. Found by reordering a small array and looking where its elements went.
 */

import { buildGraph } from "../../graph/graph.ts";
import { conv, input } from "../../graph/tensor.ts";
import { evaluate } from "../reference/reference.ts";
import { lowerConv } from "./lower-conv.ts";
import { ModelBuilder, NCHWC } from "./model.ts";
import type { OrtModule, OrtSession } from "./onnx.ts";

const CHANNELS = 32;

async function runModel(
  ort: OrtModule,
  build: (model: ModelBuilder) => void,
  feeds: Record<string, [Float32Array, number[]]>,
) {
  const model = new ModelBuilder();
  build(model);
  const session: OrtSession = await ort.InferenceSession.create(model.finish(), {
    executionProviders: ["cpu"],
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, [data, shape]]) => [name, new ort.Tensor("float32", data, shape)]),
    );
    return (await session.run(tensors, { out: null })).out!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** Where the elements of a reordered [1, 32, 1, 3] array lie tells the block; 0 when no block explains it. */
async function observeBlock(ort: OrtModule): Promise<number> {
  const shape = [1, CHANNELS, 1, 3];
  const x = Float32Array.from({ length: CHANNELS * 3 }, (_, i) => i);
  const build = (model: ModelBuilder) =>
    model.output("out", model.node("ReorderInput", [model.input("x", shape, "f32")], {}, NCHWC), shape, "f32");
  const seen = await runModel(ort, build, { x: [x, shape] });
  const fits = (B: number) =>
    x.every((value, i) => {
      const [c, column] = [Math.floor(i / 3), i % 3];
      return seen[(Math.floor(c / B) * 3 + column) * B + (c % B)] === value;
    });
  return [8, 16].find(fits) ?? 0;
}

/** Whether a blocked convolution with block `B` gives what the specification says. */
async function verifyBlock(ort: OrtModule, B: number): Promise<boolean> {
  const geometry = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;
  const node = conv(input("x", [1, CHANNELS, 3, 3]), input("w", [CHANNELS, CHANNELS, 2, 2]), geometry);
  const x = Float32Array.from({ length: CHANNELS * 9 }, (_, i) => Math.sin(i));
  const w = Float32Array.from({ length: CHANNELS * CHANNELS * 4 }, (_, i) => Math.cos(i));
  const build = (model: ModelBuilder) => {
    const names = [model.input("x", [1, CHANNELS, 3, 3], "f32"), model.input("w", [CHANNELS, CHANNELS, 2, 2], "f32")];
    if (node.op === "conv") model.output("out", lowerConv(node, { model, names, channelBlock: B }), node.shape, "f32");
  };
  const seen = await runModel(ort, build, { x: [x, [1, CHANNELS, 3, 3]], w: [w, [CHANNELS, CHANNELS, 2, 2]] });
  const expected = evaluate(buildGraph({ y: node }), { x, w }).y!;
  return seen.every((value, i) => Math.abs(value - expected[i]!) < 1e-3);
}

/** The channel block of this machine, or 0 to use standard operators only. */
export async function findChannelBlock(ort: OrtModule): Promise<number> {
  try {
    const B = await observeBlock(ort);
    return B > 0 && (await verifyBlock(ort, B)) ? B : 0;
  } catch {
    // The operators are absent from this build: an expected answer, not a failure.
    return 0;
  }
}
