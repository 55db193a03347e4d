/** @file A run's generator as an ONNX file of its own: weights baked in, standard operators only, checked before it is kept. */

import type { Backend } from "../../backend/backend.ts";
import { emitModel } from "../../backend/onnx/emit.ts";
import { evaluate } from "../../backend/reference/reference.ts";
import { conditionSize } from "../../gan/game/game.ts";
import { conditionInput, traceSampler } from "../../gan/observe/sampler.ts";
import { buildGraph, type Graph, rewriteGraph } from "../../graph/graph.ts";
import { sizeOf, type Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { optimize } from "../../passes/pipeline.ts";
import { ConfigError, GantryError } from "../../util/errors.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import type { LoadedRun } from "../store/load-run.ts";
import { seedConditions } from "./conditions.ts";
import { drawSeeds, seedLatents } from "./sample-run.ts";
import type { WeightKind } from "./sampling.ts";

/** How to export. */
export interface ExportOptions {
  /** Samples per run of the model; the first axis of its input. */
  readonly batch: number;
  readonly weights: WeightKind;
}

/** What was written. */
export interface ExportResult {
  readonly path: string;
  readonly bytes: number;
  /** Input `latent` and output `samples`, values -1..1 for images. */
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** The second input, where the generator is asked for something: `labels`, one-hot, or `code`. */
  readonly asked?: { readonly name: "labels" | "code"; readonly shape: readonly number[] };
  /** Largest difference from the run's own sampler over {@link CHECKED} latents. */
  readonly difference: number;
}

/** Exit code of a check that was not met. */
const CHECK_FAILED = 5;
const CHECKED = 16;
const TOLERANCE = 1e-4;

/** One input of a model. */
export interface ModelInput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Runs a model file's bytes once for each set of inputs. A parameter, so that a test can play a faulty runtime. */
export type RunModel = (
  bytes: Uint8Array,
  runs: readonly Readonly<Record<string, ModelInput>>[],
) => Promise<Float32Array[]>;

/** Runs a model with ONNX Runtime as anyone would who is given the file. */
export const runOnnxModel: RunModel = async (bytes, runs) => {
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  try {
    const out: Float32Array[] = [];
    for (const inputs of runs) {
      const tensors = Object.entries(inputs).map(
        ([name, { data, shape }]) => [name, new ort.Tensor("float32", data, shape)] as const,
      );
      const results = await session.run(Object.fromEntries(tensors));
      out.push(results.samples!.data as Float32Array);
    }
    return out;
  } finally {
    await session.release();
  }
};

/** Replaces every state input by its values, and computes what follows from constants alone. */
export function bakeWeights(graph: Graph, arrays: Readonly<Record<string, Float32Array>>): Graph {
  const baked = rewriteGraph(graph, (node: Tensor): Tensor => {
    if (node.op === "input") {
      const data = arrays[node.attrs.name];
      return data === undefined ? node : t.constant(data, node.shape);
    }
    const [x] = node.inputs;
    if (node.op === "slice" && x?.op === "constant" && node.shape.length === 1) {
      const start = node.attrs.starts[0]!;
      return t.constant(x.attrs.data.slice(start, start + sizeOf(node.shape)), node.shape);
    }
    const known = node.op !== "constant" && node.inputs.length > 0 && node.inputs.every(({ op }) => op === "constant");
    if (!known || node.dtype !== "f32") return node;
    return t.constant(Float32Array.from(evaluate(buildGraph({ node }), {}).node!), node.shape);
  });
  return optimize(baked);
}

/** The generator of `run` as the bytes of an ONNX model (IR 8, opset 17). */
export function generatorModel(
  { game, state }: Pick<LoadedRun, "game" | "state">,
  { batch, weights }: ExportOptions,
): Uint8Array {
  const prefix = weights === "ema" && game.ema ? "ema/" : "";
  const arrays = state.read();
  const graph = traceSampler(game, { count: batch, ema: false, format: "raw" });
  const fed: readonly string[] = ["latent", ...(game.condition ? [conditionInput(game.condition)] : [])];
  const names = graph.inputs.map(({ attrs }) => attrs.name).filter((name) => !fed.includes(name));
  const noise = names.find((name) => name.startsWith("random/"));
  if (noise !== undefined) {
    throw new ConfigError(`this generator draws noise of its own ("${noise}"), which a model file cannot`, {
      help: "export a model without noise in its generator",
    });
  }
  const weightsByName = Object.fromEntries(names.map((name) => [name, arrays[prefix + name] as Float32Array]));
  return emitModel(bakeWeights(graph, weightsByName), { channelBlock: 0 }).bytes;
}

/**
 * Writes the generator of `run` to `path`, after running the model and comparing with the run's own sampler.
 * @throws GantryError with exit code 5 when they differ; no file is left then.
 */
export async function exportOnnx(
  run: LoadedRun,
  path: string,
  options: ExportOptions,
  backend: Backend,
  runModel: RunModel = runOnnxModel,
): Promise<ExportResult> {
  const { game } = run;
  const bytes = generatorModel(run, options);
  const input = [options.batch, game.latent];
  const { condition } = game;
  const asked = condition && {
    name: conditionInput(condition),
    shape: [options.batch, conditionSize(condition)],
  };
  const seeds = Array.from({ length: CHECKED }, (_, i) => i);
  const expected = await drawSeeds(run, backend, { seeds, weights: options.weights, format: "raw" });
  const runs = Array.from({ length: Math.ceil(CHECKED / options.batch) }, (_, i) => {
    const part = Array.from({ length: options.batch }, (_, k) => i * options.batch + k);
    const conditions = seedConditions(condition, part);
    return {
      latent: { data: seedLatents(part, game.latent), shape: input },
      ...(asked && conditions && { [asked.name]: { data: conditions, shape: asked.shape } }),
    };
  });
  const found = await runModel(bytes, runs);
  const difference = largestDifference(expected.data, found);
  if (!(difference <= TOLERANCE)) {
    throw new GantryError(
      `the exported model differs from the run's own samples by ${difference.toExponential(1)}, more than ${TOLERANCE}`,
      CHECK_FAILED,
      { help: "nothing was written; please report this with the run's config.json" },
    );
  }
  writeFileAtomic(path, [bytes]);
  const output = [options.batch, ...game.sample.shape];
  return { path, bytes: bytes.length, input, output, ...(asked && { asked }), difference };
}

/** Over the samples in `expected`; NaN where a value is not finite or is missing. */
function largestDifference(expected: ArrayLike<number>, batches: readonly Float32Array[]): number {
  const size = batches[0]?.length ?? 1;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(expected[i]! - (batches[Math.floor(i / size)]?.[i % size] ?? Number.NaN));
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}
