/** @file Copies of a run's players that play for the value of the game alone: set, made better, and asked for their logits. */

import type { Backend, Executable, HostArray, HostArrays } from "../../backend/backend.ts";
import { BatchOrder, gatherBatch, gatherLabels } from "../../data/batches.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game/game.ts";
import { traceLogits, valueGame } from "../../gan/observe/value.ts";
import type { PlayerName } from "../../gan/penalty.ts";
import type { Phase } from "../../gan/step/phases.ts";
import type { StepProgram } from "../../gan/step/step.ts";
import { sizeOf } from "../../graph/ops.ts";
import type { Logits } from "../../metrics/game-value.ts";
import { optimize } from "../../passes/pipeline.ts";
import { DataError } from "../../util/errors.ts";
import { fillBernoulli, streamKey } from "../../util/rng.ts";
import { drawNoise, Executor, type StepFeeds } from "../training/steps/executor.ts";

/** Where reals come from: some of a data set, in an order of their own. */
export interface RealBatches {
  readonly dataset: Dataset;
  readonly indices: Uint32Array;
  readonly mirror: boolean;
  readonly seed: number;
}

/** Batches of reals by number, with their labels where the game is about classes. */
class Batches {
  private readonly source: RealBatches;
  private readonly order: BatchOrder;
  private readonly real: Uint8Array | Float32Array;
  private readonly labels: Float32Array | undefined;
  private readonly mirrored: Uint8Array;

  constructor(source: RealBatches, { batch, sample, condition }: Game) {
    this.source = source;
    this.order = new BatchOrder({ count: source.indices.length, batch, seed: source.seed });
    const size = batch * sizeOf(sample.shape);
    this.real = sample.kind === "images" ? new Uint8Array(size) : new Float32Array(size);
    this.labels = condition?.kind === "labels" ? new Float32Array(batch * condition.classes) : undefined;
    this.mirrored = new Uint8Array(batch);
  }

  /** The arrays are used again for the next batch. */
  get(number: number): { readonly real: HostArray; readonly labels?: Float32Array } {
    const { dataset, indices, mirror, seed } = this.source;
    const picked = this.order.indices(number).map((i) => indices[i]!);
    if (mirror) fillBernoulli(streamKey(seed, "data/mirror"), number, 0.5, this.mirrored);
    gatherBatch(dataset, picked, this.real, mirror ? this.mirrored : undefined);
    if (this.labels !== undefined) gatherLabels(dataset, picked, this.labels);
    return { real: this.real, ...(this.labels && { labels: this.labels }) };
  }
}

const phaseOf = (player: PlayerName): Phase => ({
  discriminator: player === "discriminator",
  generator: player === "generator",
  penalties: [],
  moves: true,
});

/** Copies of both players. */
export class ValuePlayers {
  private readonly game: Game;
  private readonly executor: Executor;
  private readonly logitsProgram: Pick<StepProgram, "graph" | "randoms">;
  private readonly executable: Executable;

  private constructor(
    game: Game,
    executor: Executor,
    logitsProgram: Pick<StepProgram, "graph" | "randoms">,
    executable: Executable,
  ) {
    this.game = game;
    this.executor = executor;
    this.logitsProgram = logitsProgram;
    this.executable = executable;
  }

  /** @param seed Of the noise that they learn from. */
  static async create(run: Game, backend: Backend, seed: number): Promise<ValuePlayers> {
    const game = valueGame(run);
    const program = traceLogits(game);
    const graph = optimize(program.graph);
    return new ValuePlayers(
      game,
      new Executor(game, backend, seed),
      { ...program, graph },
      await backend.compile(graph),
    );
  }

  /** Sets both players to `arrays`, a run's, with fresh optimisers and `offset` added to the logits. */
  set(arrays: HostArrays, offset: number): void {
    const { state } = this.executor;
    state.initialise(0);
    const own = state.read();
    for (const player of ["generator", "discriminator"]) {
      for (const name of [player, `${player}/buffers`]) {
        const from = arrays[name];
        if (from !== undefined) own[name]!.set(from);
      }
    }
    own.discriminator!.set([offset], own.discriminator!.length - 1);
  }

  /**
   * Lets one player learn while the other stays as it is.
   * @throws DataError when its loss is not finite.
   */
  async improve(
    player: PlayerName,
    reals: RealBatches,
    { steps, lr }: { readonly steps: number; readonly lr: number },
  ): Promise<void> {
    const batches = new Batches(reals, this.game);
    const phase = phaseOf(player);
    const scalar: StepFeeds["scalar"] = () => lr;
    for (let step = 0; step < steps; step++) {
      // The noise of the two sides is apart: even draws for one, odd ones for the other.
      const draw = 2 * step + (player === "generator" ? 1 : 0);
      const measured = await this.executor.run(phase, { ...batches.get(step), draw, scalar });
      const loss = measured.get(`loss/${player}`);
      if (loss !== undefined && Number.isFinite(loss)) continue;
      throw new DataError(`the duality gap has no value: in update ${step + 1} of the ${player} its loss is ${loss}`, {
        help: "take a smaller lr, or look at an earlier checkpoint: the weights may not be finite",
      });
    }
    await this.executor.settle();
  }

  /** The logits of `count` reals and as many fakes (fewer by the size of a pack), in training mode. */
  async logits(reals: RealBatches, count: number): Promise<Logits> {
    const { batch, packing = 1 } = this.game;
    const batches = new Batches(reals, this.game);
    const wanted = Math.max(1, Math.floor(count / packing));
    const out = { real: new Float32Array(wanted), fake: new Float32Array(wanted) };
    const each = batch / packing;
    const noise = this.logitsProgram.randoms.map((spec) => {
      const size = sizeOf(spec.shape);
      return { spec, values: spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size) };
    });
    const inputs = this.logitsProgram.graph.inputs.map(({ attrs }) => attrs.name);
    for (let number = 0; number * each < wanted; number++) {
      for (const { spec, values } of noise) drawNoise(reals.seed, spec, number, values);
      const fed: Record<string, HostArray> = {
        ...this.executor.state.read(),
        ...batches.get(number),
        ...Object.fromEntries(noise.map(({ spec, values }) => [spec.name, values])),
      };
      const found = await this.executable.run(Object.fromEntries(inputs.map((name) => [name, fed[name]!])));
      const start = number * each;
      for (const side of ["real", "fake"] as const) {
        out[side].set((found[side] as Float32Array).subarray(0, Math.min(each, wanted - start)), start);
      }
    }
    return out;
  }

  async release(): Promise<void> {
    await this.executor.release();
    await this.executable.release();
  }
}
