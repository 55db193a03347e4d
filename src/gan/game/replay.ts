/** @file Replay: a part of the discriminator's fakes are old ones, kept in carried arrays that the step reads and writes. */

import type { Shape, Tensor } from "../../graph/ops.ts";
import { inScope } from "../../graph/scope.ts";
import * as t from "../../graph/tensor.ts";
import { ConfigError } from "../../util/errors.ts";
import type { StepTrace } from "../step/trace.ts";

/** How old fakes are kept and shown. */
export interface Replay {
  /** Old fakes kept for each place of the batch at which one is shown, at least 1. */
  readonly capacity: number;
  /** Share of the discriminator's fakes that are old ones, above 0 and below 1. */
  readonly share: number;
}

/** An array that a replay carries, zero at the beginning. */
export interface ReplayArray {
  readonly name: "replay/fakes" | "replay/count";
  readonly shape: Shape;
}

/**
 * How many of `batch` fakes are old ones: the share, rounded, a half upwards.
 * @throws ConfigError where that is none or all of them.
 */
export function replayedPlaces({ share }: Replay, batch: number): number {
  const places = Math.floor(share * batch + 0.5);
  if (places > 0 && places < batch) return places;
  throw new ConfigError(`replay: a share of ${share} of ${batch} fakes is ${places === 0 ? "none" : "all"} of them`, {
    help: "set replay.share so that some of a batch's fakes are old ones and some new",
  });
}

/** The arrays that a replay carries: the fakes f32[capacity, places, …], and how many slots are filled, f32[1]. */
export function replayArrays(replay: Replay, batch: number, sample: Shape): ReplayArray[] {
  return [
    { name: "replay/fakes", shape: [replay.capacity, replayedPlaces(replay, batch), ...sample] },
    { name: "replay/count", shape: [1] },
  ];
}

/** f32[capacity, places, 1, …] with a 1 for each place at the slot in which `position`, f32[places], lies: k to below k + 1. */
function slotMask(position: Tensor, capacity: number, rank: number): Tensor {
  const slots = t.reshape(t.constant(Float32Array.from({ length: capacity }, (_, k) => k)), [capacity, 1]);
  const reaches = (edge: Tensor) => t.cast(t.greater(edge, position), "f32");
  const mask = t.sub(reaches(t.add(slots, 1)), reaches(slots));
  return t.reshape(mask, [...mask.shape, ...Array.from({ length: rank }, () => 1)]);
}

/**
 * What the discriminator is shown in place of `fake`, [B, …]: at the first places, old fakes; then the new ones.
 *
 * Each of these places has `capacity` slots. Shown is one of the filled slots, drawn at random, and the new fake of the place
 * is put into a slot drawn at random of its own; while some are empty, the slots are filled in order instead, and nothing is
 * replaced before the first is. (Latents are independent, so that keeping a column for each place loses nothing against one
 * common pool.) The capacity is no age: an old fake stays for `capacity` updates of the discriminator on average.
 *
 * Shrivastava et al., "Learning from Simulated and Unsupervised Images through Adversarial Training" (2017), section 2.3:
 * half of the batch from the buffer. Their buffer is drawn from without regard to places.
 */
export function replayFakes(trace: StepTrace, replay: Replay, fake: Tensor): Tensor {
  const [batch, ...sample] = fake.shape as [number, ...number[]];
  const { capacity } = replay;
  const [pool, count] = replayArrays(replay, batch, sample).map(({ name, shape }) => trace.input(name, shape)) as [
    Tensor,
    Tensor,
  ];
  const places = pool.shape[1]!;
  return inScope("replay", () => {
    const share = (name: string) => trace.random(`replay/${name}`, [places], { kind: "uniform" });
    const from = (start: number, length: number) =>
      t.slice(t.stopGradient(fake), [start, ...sample.map(() => 0)], [length, ...sample]);
    const fresh = from(0, places);
    // At most half a slot below the end, so that no rounding of the product leads past it.
    const within = (u: Tensor, slots: t.Operand) => t.minimum(t.mul(u, slots), t.sub(slots, 0.5));
    const old = t.sum(t.mul(pool, slotMask(within(share("shown"), count), capacity, sample.length)), [0]);
    const isAny = t.reshape(
      t.greater(count, 0),
      fresh.shape.map(() => 1),
    );
    const shown = t.select(isAny, old, fresh);

    const place = t.select(t.greater(capacity, count), count, within(share("written"), capacity));
    const isPlace = t.greater(slotMask(place, capacity, sample.length), 0);
    trace.outputs["replay/fakes"] = t.select(isPlace, t.reshape(fresh, [1, ...fresh.shape]), pool);
    trace.outputs["replay/count"] = t.minimum(t.add(count, 1), capacity);
    return t.concat([shown, from(places, batch - places)], 0);
  });
}
