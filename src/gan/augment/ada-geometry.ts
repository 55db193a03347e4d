/** @file ADA's flips, turns, moves and scales, as maps from places of the result to places of the source. */

import type { Tensor } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { type Affine, afterScale, afterShift, afterTurn, turnThenFlip } from "./affine.ts";
import { exp2, type Gates } from "./gates.ts";

/** Largest whole move, as a share of the side. */
const WHOLE_MOVE = 0.125;
/** Standard deviation of log2 of a scale, and of log2 of half the ratio between two. */
const SCALE_STD = 0.2;
/** Standard deviation of a fractional move, as a share of the side. */
const MOVE_STD = 0.125;

/** Rounds numbers of at least -`bound` to whole ones. */
const round = (x: Tensor, bound: number): Tensor => t.sub(t.cast(t.cast(t.add(x, bound + 0.5), "i32"), "f32"), bound);

/** Flips (half of those that happen), quarter turns (0 to 3, equally likely) and whole moves of up to ⅛ of the side. */
export function blitMap({ uniform, happens }: Gates, size: number): Affine {
  const flipped = t.cast(t.greater(uniform("flip"), 0.5), "f32");
  const side = t.select(happens("flip"), t.sub(1, t.mul(flipped, 2)), 1);
  const quarters = t.select(happens("quarters"), t.cast(t.cast(t.mul(uniform("quarters"), 4), "i32"), "f32"), 0);
  // 0, 1, 2, 3 quarters: cosines 1, 0, -1, 0 and sines 0, 1, 0, -1.
  const cos = t.sub(t.abs(t.sub(quarters, 2)), 1);
  const sin = t.sub(1, t.abs(t.sub(quarters, 1)));
  const moves = happens("whole-move");
  const move = (name: string) => {
    const by = t.mul(t.sub(t.mul(uniform(name), 2), 1), WHOLE_MOVE * size);
    return t.select(moves, round(by, size), 0);
  };
  return afterShift(turnThenFlip(side, cos, sin), move("whole-move-x"), move("whole-move-y"));
}

/**
 * A scale 2^N(0, 0.2²); a turn; a stretch 2^s against 2^-s, s from the same distribution; another turn; a move by
 * N(0, (size / 8)²) along each axis. Either turn happens with probability 1 - √(1 - p), so one of them with p.
 */
export function geometricMap(gates: Gates, size: number, p: t.Operand, start?: Affine): Affine {
  const { normal, happens, turn } = gates;
  const factor = (name: string) => t.select(happens(name), exp2(t.mul(normal(name), SCALE_STD)), 1);
  const once = t.sub(1, t.sqrt(t.maximum(t.sub(1, p), 0)));
  const scale = factor("scale");
  const first = turn("turn-before", happens("turn-before", once));
  const stretch = factor("stretch");
  const second = turn("turn-after", happens("turn-after", once));
  const moves = happens("move");
  const move = (name: string) => t.select(moves, t.mul(normal(name), MOVE_STD * size), 0);
  // Lengths of the source are those of the result divided by the scale.
  const grow = t.div(1, scale);
  const turned =
    start === undefined
      ? turnThenFlip(t.full([...scale.shape], 1), first.cos, first.sin)
      : afterTurn(start, first.cos, first.sin);
  const stretched = afterScale(turned, t.div(grow, stretch), t.mul(grow, stretch));
  return afterShift(afterTurn(stretched, second.cos, second.sin), move("move-x"), move("move-y"));
}
