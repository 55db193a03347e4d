/** @file Drawing samples from a generator's state and writing them as pictures. */

import type { Backend, Executable, HostArray } from "../../backend/backend.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game/game.ts";
import { conditionInput, type SampleFormat, traceSampler } from "../../gan/observe/sampler.ts";
import { sizeOf } from "../../graph/ops.ts";
import { optimize } from "../../passes/pipeline.ts";
import { invariant } from "../../util/errors.ts";
import { fillNormal, streamKey } from "../../util/rng.ts";
import type { StateStore } from "../store/state-store.ts";
import { choices, gridColumns } from "./conditions.ts";
import { axisRange, writeImageGrid, writePointPlot } from "./image-grid.ts";

/** Which weights draw: the moving average, or the generator as it is. */
export type WeightKind = "ema" | "raw";

/** Latents f32[count, latent] of the fixed grid of a run. */
export function fixedLatents(seed: number, count: number, latent: number): Float32Array {
  const out = new Float32Array(count * latent);
  fillNormal(streamKey(seed, "samples/latent"), 0, out);
  return out;
}

/** The latent of sample seed `seed`: the same vector whatever else is drawn beside it. */
export function seedLatent(seed: number, latent: number): Float32Array {
  const out = new Float32Array(latent);
  fillNormal(streamKey(seed, "sample"), 0, out);
  return out;
}

/** A generator compiled for batches of `count`. */
export class Sampler {
  readonly count: number;
  private readonly game: Game;
  private readonly executable: Executable;
  private readonly inputs: readonly string[];

  private constructor(game: Game, count: number, executable: Executable, inputs: readonly string[]) {
    this.game = game;
    this.count = count;
    this.executable = executable;
    this.inputs = inputs;
  }

  static async create(game: Game, backend: Backend, count: number, format: SampleFormat): Promise<Sampler> {
    const graph = optimize(traceSampler(game, { count, ema: false, format }));
    const inputs = graph.inputs.map(({ attrs }) => attrs.name);
    return new Sampler(game, count, await backend.compile(graph), inputs);
  }

  /**
   * Samples [count, …] for `latents` [count, latent], from the weights of `kind`.
   *
   * @param asked What each is asked for, f32[count, K], in a game with a condition.
   */
  async draw(state: StateStore, kind: WeightKind, latents: Float32Array, asked?: Float32Array): Promise<HostArray> {
    const arrays = state.read();
    const prefix = kind === "ema" && this.game.ema ? "ema/" : "";
    const { condition } = this.game;
    invariant(
      (condition === undefined) === (asked === undefined),
      "a sampler must be asked for what its game is about",
    );
    const given: Readonly<Record<string, HostArray>> = {
      latent: latents,
      ...(condition && asked && { [conditionInput(condition)]: asked }),
    };
    const feed = (name: string) => given[name] ?? arrays[prefix + name]!;
    const results = await this.executable.run(Object.fromEntries(this.inputs.map((name) => [name, feed(name)])));
    return results.samples!;
  }

  async release(): Promise<void> {
    await this.executable.release();
  }
}

/** Writes samples as a picture: images as a grid, points as a plot over the reals. */
export async function writeSamples(path: string, game: Game, samples: HostArray, dataset: Dataset): Promise<void> {
  const { shape } = game.sample;
  const count = samples.length / sizeOf(shape);
  if (dataset.kind === "images") {
    const [channels, height, width] = shape as [number, number, number];
    const columns = gridColumns(count, choices(game.condition));
    const images = { data: samples as Uint8Array, shape: [count, channels, height, width] as const };
    await writeImageGrid(path, images, columns === undefined ? {} : { columns });
    return;
  }
  const reals = realPoints(dataset, count);
  await writePointPlot(
    path,
    { reals, fakes: { data: samples as Float32Array, shape: [count, shape[0]!] } },
    axisRange(reals),
  );
}

function realPoints(dataset: Dataset & { kind: "points" }, count: number) {
  const used = Math.min(count, dataset.count);
  const dimensions = dataset.shape[0];
  return { data: dataset.data.subarray(0, used * dimensions), shape: [used, dimensions] as const };
}

/** Writes the first samples of the data set, for comparison beside the fakes. */
export async function writeReals(path: string, dataset: Dataset, count: number): Promise<void> {
  const used = Math.min(count, dataset.count);
  if (dataset.kind === "images") {
    const [channels, height, width] = dataset.shape;
    const data = dataset.data.subarray(0, used * channels * height * width);
    await writeImageGrid(path, { data, shape: [used, channels, height, width] });
    return;
  }
  const reals = realPoints(dataset, count);
  const none = { data: new Float32Array(0), shape: [0, dataset.shape[0]] as const };
  await writePointPlot(path, { reals, fakes: none }, axisRange(reals));
}
