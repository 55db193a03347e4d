/** @file What a phase draws: the batch of reals, the latents, what is asked for, and the fakes. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { drawCodes } from "../conditioning/code.ts";
import { conditionSize, type Game, type SampleType } from "../game/game.ts";
import { latentPairs } from "../game/reconstructor.ts";
import type { Samples } from "./evaluate.ts";
import type { StepTrace } from "./trace.ts";

/** uint8 0..255 -> -1..1; points as they are. */
export function normalise(x: Tensor, sample: SampleType): Tensor {
  return sample.kind === "images" ? t.sub(t.mul(t.cast(x, "f32"), 1 / 127.5), 1) : x;
}

/** What the fakes are asked for: the fed labels of the reals, or a code that is drawn. */
function drawCondition(trace: StepTrace, { condition, batch }: Game): Tensor | undefined {
  if (condition?.kind !== "code") return condition && trace.input("labels", [batch, conditionSize(condition)]);
  return drawCodes(condition, batch, (...noise) => trace.random(...noise));
}

/** The batch, the latents, and the fakes that the generator as it is makes of them. */
export function drawSamples(trace: StepTrace, game: Game, keepBuffers: boolean): Samples {
  const { sample, batch } = game;
  const raw = trace.input("real", [batch, ...sample.shape], sample.kind === "images" ? "u8" : "f32");
  const latent = trace.random("latent", [batch, game.latent], { kind: "normal" });
  const condition = drawCondition(trace, game);
  const { output, shown } = trace.apply(game.generator, latent, condition, "step", keepBuffers);
  const real = normalise(raw, sample);
  const pairs = game.reconstructor && latentPairs(trace, game.generator, game.reconstructor, real, latent);
  return { real, latent, condition, fake: output, shown, pairs };
}
