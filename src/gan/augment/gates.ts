/** @file Numbers for each sample that are drawn, and hold with a probability: what ADA's transforms are made of. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import type { AugmentContext } from "../augment.ts";

/** Draws f32[N, 1, 1, 1], one number for each sample. Each name is a stream of its own. */
export interface Gates {
  /** Uniform in [0, 1). */
  readonly uniform: (name: string) => Tensor;
  /** Standard normal. */
  readonly normal: (name: string) => Tensor;
  /** Whether it happens: true with the augmentation's strength, or with another probability (a scalar). */
  readonly happens: (name: string, probability?: t.Operand) => Tensor;
  /** A uniformly random angle's cosine and sine where `happens`, else 1 and 0: the direction of two normal numbers. */
  readonly turn: (name: string, happens: Tensor) => { readonly cos: Tensor; readonly sin: Tensor };
}

/** The draws of one use. */
export function gates(count: number, { random, strength }: AugmentContext): Gates {
  const shape = [count, 1, 1, 1];
  const draw = (kind: "uniform" | "normal") => (name: string) => random(name, shape, { kind });
  const [uniform, normal] = [draw("uniform"), draw("normal")];
  return {
    uniform,
    normal,
    happens: (name, probability = strength) => t.greater(probability, uniform(`${name}-gate`)),
    turn(name, happens) {
      const [x, y] = [normal(`${name}-x`), normal(`${name}-y`)];
      // Both are 0 with probability 2^-64; a tiny number keeps the quotient finite.
      const length = t.sqrt(t.add(t.add(t.square(x), t.square(y)), 1e-30));
      return { cos: t.select(happens, t.div(x, length), 1), sin: t.select(happens, t.div(y, length), 0) };
    },
  };
}

/** 2^x. */
export const exp2 = (x: Tensor): Tensor => t.exp(t.mul(x, Math.LN2));
