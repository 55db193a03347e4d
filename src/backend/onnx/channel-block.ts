/**
 * @file Finding out the channel block of ONNX Runtime's blocked kernels on this machine: 16 with AVX-512, 8 on other x86,
 * none elsewhere. Found by reordering a small array and looking where its elements went.
 */

import { buildGraph, type Graph } from "../../graph/graph.ts";
import { type ConvGeometry, sizeOf } from "../../graph/ops.ts";
import { conv, convFilterGrad, convTranspose, input } from "../../graph/tensor.ts";
import { ModelBuilder, NCHWC } from "./model.ts";
import { onnxBackend } from "./onnx.ts";
import type { OrtModule } from "./ort.ts";

const CHANNELS = 32;
const SESSION = { executionProviders: ["cpu"], logSeverityLevel: 3, intraOpNumThreads: 1 };

async function runModel(
  ort: OrtModule,
  build: (model: ModelBuilder) => void,
  feeds: Record<string, [Float32Array, number[]]>,
) {
  const model = new ModelBuilder();
  build(model);
  const session = await ort.InferenceSession.create(model.finish(), SESSION);
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

/** One small convolution for each blocked form, as named outputs of one graph. Batch and channels fit blocks of 8 and of 16. */
function everyForm(): Graph {
  const [N, C] = [16, CHANNELS];
  const geometry = (stride: 1 | 2): ConvGeometry => ({
    strides: [stride, stride],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    groups: 1,
  });
  const at = (name: string, channels: number, size: number) => input(name, [N, channels, size, size]);
  const filter = (name: string, from: number, kernel: number) => input(name, [C, from, kernel, kernel]);
  // Shared: a graph declares an input of a name once.
  const [x, narrow] = [at("x", C, 5), input("wNarrow", [3, C, 3, 3])];
  return buildGraph({
    forward: conv(x, filter("w3", C, 3), geometry(1)),
    few: conv(at("rgb", 3, 8), filter("wFew", 3, 4), geometry(2)),
    wide: conv(at("deep", 128, 4), filter("wDeep", 128, 4), geometry(2)),
    transpose: convTranspose(at("y", C, 2), filter("w4", C, 4), { ...geometry(2), size: [4, 4] }),
    toFew: conv(x, narrow, geometry(1)),
    fromFew: convTranspose(at("few", 3, 5), narrow, { ...geometry(1), size: [5, 5] }),
    filterGrad: convFilterGrad(at("z", C, 4), at("dz", C, 2), { ...geometry(2), kernel: [4, 4] }),
  });
}

/** Whether every blocked form with block `B` gives what the standard operators give. */
async function verifyBlock(ort: OrtModule, B: number): Promise<boolean> {
  const graph = everyForm();
  const feeds = Object.fromEntries(
    graph.inputs.map(({ attrs: { name, shape } }, seed) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + seed)),
    ]),
  );
  const run = async (channelBlock: number) => {
    const executable = await onnxBackend({ name: "self-test", ort, session: SESSION, channelBlock }).compile(graph);
    try {
      return await executable.run(feeds);
    } finally {
      await executable.release();
    }
  };
  const [blocked, standard] = [await run(B), await run(0)];
  return Object.entries(standard).every(([name, expected]) => {
    const seen = blocked[name]!;
    let largest = 0;
    for (const value of expected) largest = Math.max(largest, Math.abs(value));
    return expected.every((value, i) => Math.abs(value - seen[i]!) <= 1e-4 * largest);
  });
}

/** What the self-test found. */
export interface ChannelBlock {
  /** The channel block of this machine, or 0 to use standard operators only. */
  readonly block: number;
  /** Why it is 0, in words. */
  readonly reason?: string;
}

/** Tries the blocked kernels. What goes wrong in them is a reason not to use them, and is told. */
export async function findChannelBlock(ort: OrtModule): Promise<ChannelBlock> {
  try {
    const block = await observeBlock(ort);
    if (block === 0) return { block, reason: "the blocks of this build are of no known size" };
    if (await verifyBlock(ort, block)) return { block };
    return { block: 0, reason: `blocks of ${block} channels give other results than the standard operators` };
  } catch (error) {
    // Builds for other processors do not have the operators.
    const [first = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
    return { block: 0, reason: `the self-test of the blocked kernels failed: ${first}` };
  }
}
