/** @file Tracing the generator alone, in sampling mode. */

import { buildGraph, type Graph } from "../../graph/graph.ts";
import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { applyNetwork } from "../../nn/module.ts";
import { unpack } from "../../nn/pack.ts";
import { type Condition, conditionSize, type Game } from "../game/game.ts";

/** What a sampler gives: `raw` is the generator's own output; `pixels` rounds -1..1 to uint8 0..255. */
export type SampleFormat = "raw" | "pixels";

/** The sampler's input for what is asked: `labels` (one-hot) or `code`, f32[count, K]. */
export const conditionInput = (condition: Condition): "labels" | "code" => condition.kind;

/**
 * Traces the generator on `latent` [count, latent] and, where it is asked for something, {@link conditionInput}. The state inputs are called as in training: `generator` and
 * `generator/buffers`, or with the prefix `ema/`. The output is called `samples`, [count, …].
 */
export function traceSampler(
  game: Game,
  { count, ema, format }: { readonly count: number; readonly ema: boolean; readonly format: SampleFormat },
): Graph {
  const prefix = ema ? "ema/" : "";
  const { generator, condition } = game;
  const { parameters, buffers } = generator;
  const { output } = applyNetwork("generator", generator.layer, t.input("latent", [count, game.latent]), {
    training: false,
    condition: condition && t.input(conditionInput(condition), [count, conditionSize(condition)]),
    params: unpack(t.input(`${prefix}generator`, [parameters.length]), parameters),
    buffers:
      buffers.length === 0
        ? new Map<string, Tensor>()
        : unpack(t.input(`${prefix}generator/buffers`, [buffers.length]), buffers),
    random: (name, shape, distribution) =>
      t.input(`random/${name}`, shape, distribution.kind === "bernoulli" ? "u8" : "f32"),
  });
  return buildGraph({ samples: format === "pixels" ? toPixels(output) : output });
}

/** -1..1 -> uint8: x * 127.5 + 128, cut to 0..255, rounded down (StyleGAN's convention). */
function toPixels(x: Tensor): Tensor {
  return t.cast(t.minimum(t.maximum(t.add(t.mul(x, 127.5), 128), 0), 255), "u8");
}
