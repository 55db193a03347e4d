/** @file What one looks at in the games of the two clusters: samples, logits, and what they say of each game. */

import type { Backend, HostArrays } from "../../backend/backend.ts";
import type { Game } from "../../gan/game/game.ts";
import type { PlayerName } from "../../gan/penalty.ts";
import { buildGraph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { applyNetwork, type Layer } from "../../nn/module.ts";
import { unpack } from "../../nn/pack.ts";
import { optimize } from "../../passes/pipeline.ts";
import { invariant } from "../../util/errors.ts";
import { POINTS, type Table } from "./game.ts";

/** Where a sample counts as one of a cluster. */
const REGIONS = [
  [-0.5, 0.8],
  [3.5, 4.8],
] as const;
/** The share of the samples that makes a mode. */
const SHARE = 0.2;

/** Everything there is to see: f32[seeds · 100] each. */
export interface Look {
  /** For the training's latents. */
  readonly samples: Float32Array;
  /** Logits of these samples and of the data. */
  readonly fake: Float32Array;
  readonly real: Float32Array;
}

/** Looks at the games without moving them. */
export interface Probe {
  look(state: HostArrays): Promise<Look>;
  /** Samples for new latents. */
  fresh(state: HostArrays): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles a probe. */
export async function createProbe(game: Game, table: Table, backend: Backend): Promise<Probe> {
  const parametersOf = (player: PlayerName) => {
    const { parameters } = game[player];
    return unpack(t.input(player, [parameters.length]), parameters);
  };
  const parameters = { generator: parametersOf("generator"), discriminator: parametersOf("discriminator") };
  const random = (): Tensor => {
    invariant(false, "the networks of the two clusters draw no noise");
  };
  const apply = (player: PlayerName, layer: Layer, x: Tensor): Tensor =>
    applyNetwork(player, layer, x, {
      training: true,
      params: parameters[player],
      buffers: new Map(),
      condition: undefined,
      random,
    }).output;
  const rows = table.seeds * POINTS;
  const samples = apply("generator", table.generator, t.constant(table.latents, [rows, 1]));
  const fake = apply("discriminator", table.discriminator, samples);
  const real = apply("discriminator", table.discriminator, t.constant(table.data, [rows, 1]));
  const seen = await backend.compile(optimize(buildGraph({ samples, fake, real })));
  const others = apply("generator", table.generator, t.constant(table.freshLatents, [rows, 1]));
  const fresh = await backend.compile(optimize(buildGraph({ samples: others })));
  const parts = ({ generator, discriminator }: HostArrays) => ({
    generator: generator!,
    discriminator: discriminator!,
  });
  return {
    look: async (state) => (await seen.run(parts(state))) as unknown as Look,
    fresh: async (state) => (await fresh.run({ generator: parts(state).generator })).samples as Float32Array,
    async release() {
      await seen.release();
      await fresh.release();
    },
  };
}

const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const rowsOf = (values: Float32Array, seed: number): number[] => [
  ...values.subarray(seed * POINTS, (seed + 1) * POINTS),
];

/**
 * The discriminator's loss of one game. Of `non-saturating` it is the mean of both cross-entropies, as the original has it; Gantry's
 * own loss is their sum.
 */
export function lossOf(objective: string, { real, fake }: Look, seed: number): number {
  const [r, f] = [rowsOf(real, seed), rowsOf(fake, seed)];
  return objective === "relativistic"
    ? mean(r.map((x, i) => softplus(f[i]! - x)))
    : (mean(r.map((x) => softplus(-x))) + mean(f.map(softplus))) / 2;
}

/** The share of one game's samples in each cluster. */
export const sharesOf = (samples: Float32Array, seed: number): readonly number[] =>
  REGIONS.map(([low, high]) => mean(rowsOf(samples, seed).map((x) => Number(x > low && x < high))));

/** Whether both clusters have at least a fifth of the samples. */
export const hasBoth = (shares: readonly number[]): boolean => shares.every((share) => share >= SHARE);
