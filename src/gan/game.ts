/** @file A game: two networks, their optimisers and what they play for. And the list of arrays that training carries. */

import { type Shape, sizeOf, type Tensor } from "../graph/ops.ts";
import { reshape } from "../graph/tensor.ts";
import { type BufferSpec, declareNetwork, type Layer, type NetworkSpec } from "../nn/module.ts";
import { type PackLayout, packLayout } from "../nn/pack.ts";
import type { Scheduled } from "../optim/schedule.ts";
import type { SlotSpec, Slots, Transform } from "../optim/transform.ts";
import { ConfigError, ShapeError } from "../util/errors.ts";
import { streamKey } from "../util/rng.ts";
import type { Objective } from "./objective.ts";
import type { Penalty, PlayerName } from "./penalty.ts";
import type { Updates } from "./updates.ts";

/** The samples a game is about. */
export interface SampleType {
  /** `images` are uint8 0..255 and are normalised to -1..1 in the step; `points` are used as they are. */
  readonly kind: "images" | "points";
  /** Shape of one sample: [C, H, W] or [D]. */
  readonly shape: Shape;
}

/** What the generator is asked for. */
export type Condition =
  /** The classes of the data, one-hot. The discriminator is told them too. */
  { readonly kind: "labels"; readonly classes: number };

/** Length of a condition vector. */
export const conditionSize = ({ classes }: Condition): number => classes;

/** What to play. */
export interface GameOptions {
  readonly sample: SampleType;
  /** Samples per batch. */
  readonly batch: number;
  /** Length of the latent vector, drawn from a standard normal distribution. */
  readonly latent: number;
  readonly generator: { readonly layer: Layer; readonly optimizer: Transform };
  readonly discriminator: { readonly layer: Layer; readonly optimizer: Transform };
  readonly objective: Objective;
  /** By a name that is unique in the game. */
  readonly penalties: Readonly<Record<string, Penalty>>;
  readonly updates: Updates;
  /** Whether an exponential moving average of the generator is kept. */
  readonly ema: boolean;
  /** Standard deviation of normal noise on what the discriminator sees. Default none. */
  readonly instanceNoise?: Scheduled | undefined;
  /** What the generator is asked for beside the latent. Default nothing. */
  readonly condition?: Condition | undefined;
  /** How many samples the discriminator judges together (PacGAN). Default 1. */
  readonly packing?: number;
}

/**
 * [N, C, …] -> [N / count, count C, …]: `count` samples in a row are judged as one.
 * Lin, Khetan, Fanti and Oh, "PacGAN" (2018).
 */
export function packSamples(x: Tensor, count = 1): Tensor {
  const [n, channels, ...rest] = x.shape as [number, number, ...number[]];
  return reshape(x, [n / count, count * channels, ...rest]);
}

/** One player, ready to be traced. */
export interface Player {
  readonly name: PlayerName;
  readonly layer: Layer;
  readonly network: NetworkSpec;
  readonly parameters: PackLayout;
  readonly buffers: PackLayout;
  readonly optimizer: Transform;
  readonly slots: Slots<SlotSpec>;
}

/** A checked game. */
export interface Game extends Omit<GameOptions, PlayerName> {
  readonly generator: Player;
  readonly discriminator: Player;
}

function player(name: PlayerName, part: GameOptions[PlayerName], inputShape: Shape, conditionShape?: Shape): Player {
  const network = declareNetwork(name, part.layer, inputShape, conditionShape);
  const parameters = packLayout(network.params);
  return {
    name,
    layer: part.layer,
    network,
    parameters,
    buffers: packLayout(network.buffers),
    optimizer: part.optimizer,
    slots: part.optimizer.slots(parameters.length),
  };
}

/**
 * Declares both networks and checks that they fit the samples and each other.
 * @throws ShapeError naming the layer and both shapes.
 */
export function createGame(options: GameOptions): Game {
  const { sample, batch, latent, condition, packing = 1 } = options;
  if (batch % packing !== 0) throw new ConfigError(`packs of ${packing} do not divide a batch of ${batch}`);
  const wanted = [batch, ...sample.shape];
  const asked = condition && conditionSize(condition);
  const generator = player(
    "generator",
    options.generator,
    [batch, latent],
    asked === undefined ? undefined : [batch, asked],
  );
  if (generator.network.output.join() !== wanted.join()) {
    throw new ShapeError(
      `the generator makes samples of [${generator.network.output.slice(1)}], the data are [${sample.shape}]`,
      { help: "set data.size and data.channels, or the model's own size, so that both agree" },
    );
  }
  const [channels, ...rest] = sample.shape as [number, ...number[]];
  const discriminator = player(
    "discriminator",
    options.discriminator,
    [batch / packing, packing * channels, ...rest],
    asked === undefined ? undefined : [batch / packing, packing * asked],
  );
  const logits = [batch / packing, 1];
  if (discriminator.network.output.join() !== logits.join()) {
    throw new ShapeError(`the discriminator must give logits [${logits}], it gives [${discriminator.network.output}]`);
  }
  return { ...options, generator, discriminator };
}

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
  return Object.keys(game.penalties).flatMap((key) =>
    Object.entries(penaltySlots(game, key)).map(([slot, { shape, initial }]) => ({
      name: `penalty/${key}/${slot}`,
      shape,
      initial: () => new Float32Array(sizeOf(shape)).fill(initial),
    })),
  );
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
    ...(game.ema ? playerState(game.generator, "ema/") : []),
  ];
}
