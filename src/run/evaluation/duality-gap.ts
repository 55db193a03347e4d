/** @file The duality gap of a run: each player is made better against the other as it is, and what that wins is measured. */

import type { Backend } from "../../backend/backend.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game/game.ts";
import type { PlayerName } from "../../gan/penalty.ts";
import type { DualityGap, DualityGapOptions, PlayedGame } from "../../metrics/game.ts";
import { bestOffset, gameValue, valueDifference, valueTerms } from "../../metrics/game-value.ts";
import { DataError } from "../../util/errors.ts";
import { permutation, streamKey } from "../../util/rng.ts";
import type { StateStore } from "../store/state-store.ts";
import { type RealBatches, ValuePlayers } from "./value-players.ts";

/** A game at some point, and what it is measured by. */
export interface PlayedGameOptions {
  readonly game: Game;
  /** The arrays of a checkpoint or of a training in progress; they are read when the gap is asked for, and never written. */
  readonly state: Pick<StateStore, "read">;
  /** Reals that the players have not learned from. */
  readonly reals: Dataset;
  /** Each player's own learning rate, without its schedule. */
  readonly lr: Readonly<Record<PlayerName, number>>;
  /** Whether half of the reals are mirrored, as in the training. Default false. */
  readonly mirror?: boolean;
  readonly backend: Backend;
}

/** @throws DataError when the reals are not what the game is about, or make no two halves of a batch each. */
function requireFit({ sample, batch, condition }: Game, reals: Dataset): void {
  const { kind, shape, count, classes } = reals;
  if (kind !== sample.kind || shape.join() !== sample.shape.join()) {
    throw new DataError(
      `the held-out reals ${reals.name} are ${kind} of [${shape}], the game is about ${sample.kind} of [${sample.shape}]`,
      { help: "both must be of one kind and shape: for images, give --size and --channels" },
    );
  }
  if (condition?.kind === "labels" && classes?.length !== condition.classes) {
    throw new DataError(
      `the game is about ${condition.classes} classes, the held-out reals have ${classes?.length ?? "none"}`,
    );
  }
  if (count < 2 * batch) {
    throw new DataError(`${count} held-out reals make no two halves of a batch of ${batch} each`, {
      help: `use ${2 * batch} or more`,
    });
  }
}

/**
 * A run's game, ready for its duality gap: max over v of M(u, v) less min over u of M(u, v), u the generator and v the
 * discriminator. Grnarova, Levy, Lucchi, Perraudin, Goodfellow, Hofmann and Krause, "A Domain Agnostic Measure for Monitoring
 * and Evaluating GANs" (2019).
 *
 * What is measured, for every run alike:
 * - M is the cross-entropy value of `valueGame`, whatever the run was trained by. Compare runs of one objective.
 * - The weights are the ones that are trained (no moving average), and networks are in training mode, as in a step.
 * - Objectives such as the relativistic leave a constant of the logits free. So before all else it is set to where M is largest
 *   on the first half of the reals.
 * - Each side makes a fixed number of updates from the present point, on the first half: the extrema are those of the budget.
 * - Every M is measured on the second half, with the same noise.
 *
 * A discriminator that has few reals to learn from learns them by heart; M on the other half falls, and the gap with it, below 0
 * at worst.
 *
 * @throws DataError when the reals do not fit the game.
 */
export function playedGame({ game, state, reals, lr, mirror = false, backend }: PlayedGameOptions): PlayedGame {
  requireFit(game, reals);

  /** Two halves of the reals, each with streams of its own. */
  function halves(seed: number): { readonly fit: RealBatches; readonly judge: RealBatches } {
    const order = permutation(streamKey(seed, "duality-gap/halves"), 0, reals.count);
    const half = Math.floor(reals.count / 2);
    const part = (name: string, indices: Uint32Array): RealBatches => ({
      dataset: reals,
      indices,
      mirror,
      seed: streamKey(seed, `duality-gap/${name}`).k0 >>> 0,
    });
    return { fit: part("fit", order.slice(0, half)), judge: part("judge", order.slice(half)) };
  }

  async function measure(
    players: ValuePlayers,
    { steps, lr: one, samples, seed }: DualityGapOptions,
  ): Promise<DualityGap> {
    const { fit, judge } = halves(seed);
    const arrays = state.read();
    players.set(arrays, 0);
    const offset = bestOffset(await players.logits(fit, samples));
    const terms = async () => valueTerms(await players.logits(judge, samples));
    const better = async (player: PlayerName) => {
      players.set(arrays, offset);
      await players.improve(player, fit, { steps, lr: one ?? lr[player] });
      return terms();
    };
    players.set(arrays, offset);
    const now = await terms();
    const [discriminator, generator] = [await better("discriminator"), await better("generator")];
    const difference = (a: typeof now, b: typeof now) =>
      valueDifference(a, b, judge.indices.length / (game.packing ?? 1));
    const { value: gap, standardError } = difference(discriminator, generator);
    if (!Number.isFinite(gap)) {
      throw new DataError("the duality gap has no value: the logits are not all finite", {
        help: "the weights may have diverged; look at an earlier checkpoint",
      });
    }
    return {
      value: gameValue(now),
      discriminatorGain: difference(discriminator, now).value,
      generatorGain: difference(now, generator).value,
      gap,
      standardError,
    };
  }

  return {
    reals: { name: reals.name, count: reals.count },
    async dualityGap(options) {
      // A training goes on only when this has ended, so the arrays do not move meanwhile.
      const seed = streamKey(options.seed, "duality-gap/learn").k0 >>> 0;
      const players = await ValuePlayers.create(game, backend, seed);
      try {
        return await measure(players, options);
      } finally {
        await players.release();
      }
    },
  };
}
