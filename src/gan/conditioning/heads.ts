/** @file What the heads of a discriminator are trained for: the class (AC-GAN) and the code (InfoGAN), as terms of a game. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { Scheduled } from "../../optim/schedule.ts";
import { invariant } from "../../util/errors.ts";
import type { GameView, Penalty } from "../penalty.ts";
import type { Code } from "./code.ts";

/** −mean over the rows of Σ_k y_k log softmax(x)_k, for logits x and one-hot labels y, both f32[N, K], without overflow. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const largest = t.stopGradient(t.maxKeep(logits, [1]));
  const shifted = t.sub(logits, largest);
  const total = t.log(t.sum(t.exp(shifted), [1]));
  return t.mean(t.sub(total, t.sum(t.mul(shifted, labels), [1])));
}

/** Share of the rows whose label has the largest logit; of k equal ones it is one with the chance 1/k. */
function accuracy(logits: Tensor, labels: Tensor): Tensor {
  const largest = t.cast(t.equal(logits, t.maxKeep(logits, [1])), "f32");
  return t.mean(t.div(t.sum(t.mul(largest, labels), [1]), t.sum(largest, [1])));
}

/** What a head showed, one row for each sample (it shows one for each pack), and what it should have found. */
function found(view: GameView, side: "real" | "fake", name: string): { shown: Tensor; wanted: Tensor } {
  const shown = view.shown[side].get(name);
  invariant(shown !== undefined && view.condition !== undefined, `the discriminator shows no "${name}"`);
  return { shown: t.reshape(shown, [view.condition.shape[0]!, -1]), wanted: view.condition };
}

/**
 * AC-GAN's class head. The discriminator's loss gets CE(real) + CE(fake), the generator's `generatorWeight` · CE(fake), where
 * CE is the mean cross-entropy of the head's logits with the labels, and the fakes have the labels of the reals. Odena,
 * Olah and Shlens (2017): both with weight 1. Measured besides: `classes/real` and `classes/fake`, how often the head is right.
 */
export function classTerm({
  weight,
  generatorWeight,
}: {
  readonly weight: Scheduled;
  readonly generatorWeight: number;
}): Penalty {
  return {
    player: "both",
    every: 1,
    weight,
    term(view, _, player) {
      const side = (name: "real" | "fake") => {
        const { shown, wanted } = found(view, name, "classes");
        return { loss: crossEntropy(shown, wanted), right: accuracy(shown, wanted) };
      };
      const fake = side("fake");
      const measured = { "classes/fake": fake.right };
      if (player === "generator") return { term: t.mul(fake.loss, generatorWeight), slots: {}, measured };
      const real = side("real");
      return { term: t.add(real.loss, fake.loss), slots: {}, measured: { ...measured, "classes/real": real.right } };
    },
  };
}

/** Added to a learned variance: a head that is ever surer of itself would pull ever harder. */
const LEAST_VARIANCE = 1e-3;

/**
 * −log N(c; μ, v) without the constant ½ log 2π: ½ (log v + (c − μ)² / v), with v = 1, or v = softplus(s) + 0.001 for a shown
 * s (the authors' code has exp(s), which overflows).
 */
function gaussianLoss(shown: Tensor, wanted: Tensor, learned: boolean): Tensor {
  const [n, count] = wanted.shape as [number, number];
  const mean = t.slice(shown, [0, 0], [n, count]);
  const square = t.square(t.sub(wanted, mean));
  if (!learned) return t.mul(square, 0.5);
  const variance = t.add(t.softplus(t.slice(shown, [0, count], [n, count])), LEAST_VARIANCE);
  return t.mul(t.add(t.log(variance), t.div(square, variance)), 0.5);
}

/**
 * InfoGAN's term, −λ L_I but for constants: −log Q(c | G(z, c)), the mean over the fakes of the sum over the codes. A category
 * has a softmax, a continuous code a Gaussian. It is added to both players' losses: the head, which shares the
 * discriminator's body, learns with the discriminator, as in the authors' code. Chen et al., "InfoGAN" (2016).
 * Measured besides: `code/category`, how often the head finds the category.
 */
export function codeTerm(code: Code, weight: Scheduled): Penalty {
  const { categories, continuous } = code;
  return {
    player: "both",
    every: 1,
    weight,
    term(view) {
      const { shown, wanted } = found(view, "fake", "code");
      const n = wanted.shape[0]!;
      const part = (x: Tensor, start: number, size: number) => t.slice(x, [0, start], [n, size]);
      const terms: Tensor[] = [];
      const measured: Record<string, Tensor> = {};
      if (categories > 0) {
        const [logits, labels] = [part(shown, 0, categories), part(wanted, 0, categories)];
        terms.push(crossEntropy(logits, labels));
        measured["code/category"] = accuracy(logits, labels);
      }
      if (continuous > 0) {
        const rest = part(shown, categories, shown.shape[1]! - categories);
        const losses = gaussianLoss(rest, part(wanted, categories, continuous), code.variance === "learned");
        terms.push(t.mul(t.sum(losses), 1 / n));
      }
      return { term: terms.reduce((a, b) => t.add(a, b)), slots: {}, measured };
    },
  };
}
