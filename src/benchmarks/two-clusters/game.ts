/**
 * @file The game of RS-GAN's two clusters, for many seeds at once: parameters carry the seed as their first axis, and the samples of
 * seed s are rows 100 s to 100 s + 99 of the batch.
 *
 * The mean loss over the whole batch is the mean of the seeds' own, so the learning rate is multiplied by their number, and no game
 * feels another. Sun, Fang and Schwing, "Towards a Better Global Loss Landscape of GANs" (2020), `GAN2_2Cluster.py`.
 */

import { createGame } from "../../gan/game/create-game.ts";
import type { Game } from "../../gan/game/game.ts";
import { objectives } from "../../gan/objectives.ts";
import * as t from "../../graph/tensor.ts";
import { sigmoid, tanh } from "../../nn/activation.ts";
import { uniform } from "../../nn/init.ts";
import { type Layer, sequential } from "../../nn/module.ts";
import { sgd } from "../../optim/sgd.ts";
import { createFrom } from "../../util/registry.ts";
import { fillUniform, streamKey } from "../../util/rng.ts";

/** Numbers in a data set, all of them in every batch. */
export const POINTS = 100;
/** Moves of each player in an epoch, one after another. */
export const MOVES = 10;
/** Learning rate of both players. */
export const RATE = 0.01;
const MOMENTUM = 0.9;

/** Networks and data of all games. */
export interface Table {
  readonly seeds: number;
  /** [seeds · 100]: numbers of the clusters in turns, as the original pairs them with the latents. */
  readonly data: Float32Array;
  /** [seeds · 100] each: the training's latents, always the same, and others. */
  readonly latents: Float32Array;
  readonly freshLatents: Float32Array;
  readonly generator: Layer;
  readonly discriminator: Layer;
}

/** Lays out the games of seeds 0 to `seeds` - 1. */
export function layTable(seeds: number): Table {
  const rows = seeds * POINTS;
  /** Uniform numbers in [0, 1), each seed's of a stream of its own. */
  const draw = (name: string): Float32Array => {
    const out = new Float32Array(rows);
    for (let s = 0; s < seeds; s++) fillUniform(streamKey(s, name), 0, out.subarray(s * POINTS, (s + 1) * POINTS));
    return out;
  };
  /** A fully connected layer for each seed, [seeds · 100, inputs] -> [seeds · 100, outputs]; PyTorch's default initialisation. */
  const dense = (inputs: number, outputs: number): Layer => ({
    kind: "dense",
    apply(x, context) {
      const each = t.reshape(x, [seeds, POINTS, inputs]);
      const init = uniform(1 / Math.sqrt(inputs));
      const product = t.matmul(each, context.param("weight", [seeds, inputs, outputs], init));
      return t.reshape(t.add(product, context.param("bias", [seeds, 1, outputs], init)), [rows, outputs]);
    },
  });
  const centred = (u: number) => 10 * (u - 0.5);
  return {
    seeds,
    data: draw("two-clusters/data").map((u, i) => 0.3 * u + (i % 2 === 0 ? 0 : 4)),
    latents: draw("two-clusters/latents").map(centred),
    freshLatents: draw("two-clusters/fresh").map(centred),
    generator: sequential(dense(1, 5), tanh(), dense(5, 5), tanh(), dense(5, 1)),
    discriminator: sequential(dense(1, 10), sigmoid(), dense(10, 10), sigmoid(), dense(10, 1)),
  };
}

/** The games under one objective. The generator makes of its own latents what it makes, whatever it is given. */
export function gameOf({ seeds, latents, generator, discriminator }: Table, objective: string): Game {
  const rows = seeds * POINTS;
  const onFixedLatents: Layer = {
    kind: "fixed",
    apply: (_, context) => generator.apply(t.constant(latents, [rows, 1]), context),
  };
  return createGame({
    sample: { kind: "points", shape: [1] },
    batch: rows,
    latent: 1,
    generator: { layer: onFixedLatents, optimizer: sgd({ momentum: MOMENTUM }) },
    discriminator: { layer: discriminator, optimizer: sgd({ momentum: MOMENTUM }) },
    objective: createFrom("objective", objectives, { name: objective }),
    penalties: {},
    updates: { mode: "alternating", discriminatorSteps: MOVES, generatorSteps: MOVES },
    ema: false,
  });
}
