/** @file Every array that a game carries from step to step: where it lies, and what it is before the first. */

import { type Shape, sizeOf } from "../../graph/ops.ts";
import type { BufferSpec } from "../../nn/module.ts";
import type { PackLayout } from "../../nn/pack.ts";
import type { SlotSpec, Slots } from "../../optim/transform.ts";
import { streamKey } from "../../util/rng.ts";
import { adaptiveSlots } from "../augment/adaptive.ts";
import type { Game } from "./game.ts";
import type { Player } from "./player.ts";
import { replayArrays } from "./replay.ts";

/** One carried array. Packed arrays have a layout that names their parts. */
export interface StateSpec {
  /** Such as `generator`, `discriminator/buffers`, `optim/generator/m`, `ema/generator`. */
  readonly name: string;
  readonly shape: Shape;
  /** The named parts, where the array is packed. */
  readonly layout?: PackLayout;
  /** The value before the first step, a function of the seed. */
  readonly initial: (seed: number) => Float32Array;
}

function initialParameters(player: Player, seed: number): Float32Array {
  const out = new Float32Array(player.parameters.length);
  player.network.params.forEach((param, i) => {
    const { offset, size } = player.parameters.entries[i]!;
    param.init(streamKey(seed, `init/${player.name}/${param.name}`), param.shape, out.subarray(offset, offset + size));
  });
  return out;
}

function initialBuffers(player: Player, seed: number): Float32Array {
  const out = new Float32Array(player.buffers.length);
  player.network.buffers.forEach(({ name, shape, initial }: BufferSpec, i) => {
    const { offset, size } = player.buffers.entries[i]!;
    const part = out.subarray(offset, offset + size);
    if (typeof initial === "number") part.fill(initial);
    else initial(streamKey(seed, `init/${player.name}/${name}`), shape, part);
  });
  return out;
}

function playerState(player: Player, prefix: string): StateSpec[] {
  const { parameters, buffers } = player;
  const out: StateSpec[] = [
    {
      name: `${prefix}${player.name}`,
      shape: [parameters.length],
      layout: parameters,
      initial: (seed) => initialParameters(player, seed),
    },
  ];
  if (buffers.length > 0) {
    out.push({
      name: `${prefix}${player.name}/buffers`,
      shape: [buffers.length],
      layout: buffers,
      initial: (seed) => initialBuffers(player, seed),
    });
  }
  return out;
}

function slotState(player: Player): StateSpec[] {
  return Object.entries(player.slots).map(([slot, { shape, initial }]) => ({
    name: `optim/${player.name}/${slot}`,
    shape,
    ...(shape[0] === player.parameters.length && { layout: player.parameters }),
    initial: () => new Float32Array(shape[0] ?? 1).fill(initial),
  }));
}

/** The arrays that the penalty called `key` carries. */
export function penaltySlots(game: Game, key: string): Slots<SlotSpec> {
  const lengths = { generator: game.generator.parameters.length, discriminator: game.discriminator.parameters.length };
  return game.penalties[key]?.slots?.(lengths) ?? {};
}

function namedSlots(prefix: string, slots: Slots<SlotSpec>): StateSpec[] {
  return Object.entries(slots).map(([slot, { shape, initial }]) => ({
    name: `${prefix}/${slot}`,
    shape,
    initial: () => new Float32Array(sizeOf(shape)).fill(initial),
  }));
}

/** The gradients of the batches so far, where a move takes several. Zero between steps. */
function accumulators({ updates, generator, discriminator }: Game): StateSpec[] {
  if ((updates.accumulate ?? 1) === 1) return [];
  return [generator, discriminator].map(({ name, parameters }) => ({
    name: `accumulate/${name}`,
    shape: [parameters.length],
    layout: parameters,
    initial: () => new Float32Array(parameters.length),
  }));
}

function penaltyState(game: Game): StateSpec[] {
  return Object.keys(game.penalties).flatMap((key) => namedSlots(`penalty/${key}`, penaltySlots(game, key)));
}

function augmentState(game: Game): StateSpec[] {
  const augments = Object.entries(game.augments ?? {});
  return augments.flatMap(([key, { strength }]) => namedSlots(`augment/${key}`, adaptiveSlots(strength)));
}

function replayState({ replay, batch, sample }: Game): StateSpec[] {
  if (replay === undefined) return [];
  return replayArrays(replay, batch, sample.shape).map(({ name, shape }) => ({
    name,
    shape,
    initial: () => new Float32Array(sizeOf(shape)),
  }));
}

/** Every array that training carries from step to step, in a fixed order. */
export function gameState(game: Game): StateSpec[] {
  return [
    ...playerState(game.generator, ""),
    ...playerState(game.discriminator, ""),
    ...slotState(game.generator),
    ...slotState(game.discriminator),
    ...accumulators(game),
    ...penaltyState(game),
    ...replayState(game),
    ...augmentState(game),
    ...(game.ema ? playerState(game.generator, "ema/") : []),
  ];
}
