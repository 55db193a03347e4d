/**
 * @file Counterfactuals: what if the discriminator learned on and the generator did not, or the other way round, or
 * samples were drawn by the moving average? They are tried on copies of the players; the training does not notice.
 */

import type { Backend, HostArrays } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game } from "../../../gan/game/game.ts";
import type { PlayerName } from "../../../gan/penalty.ts";
import { planStep } from "../../../gan/step/phases.ts";
import type { Counterfactual } from "../../../health/codes.ts";
import type { Look } from "../../../health/look.ts";
import { streamKey } from "../../../util/rng.ts";
import type { StateStore } from "../../store/state-store.ts";
import type { Progress } from "../rollback/restore.ts";
import { Executor } from "../steps/executor.ts";
import { fedNumbers } from "../steps/fed-numbers.ts";
import { TrainingBatches } from "../steps/training-batches.ts";
import type { Looker } from "./looker.ts";

/** Updates of the player that learns on: enough for a discriminator to find what it can, and few beside a training. */
export const TRIAL_UPDATES = 50;

/** What a counterfactual is tried on. */
export interface TrialCase {
  readonly config: Config;
  readonly game: Game;
  /** What is learned from. */
  readonly train: Dataset;
  readonly backend: Backend;
  readonly looker: Looker;
  /** The training as it is; only read. */
  readonly state: () => Promise<StateStore>;
  readonly progress: Readonly<Progress>;
}

/**
 * Lets `player` learn on by itself for {@link TRIAL_UPDATES} updates, on the batches that come next, under the learning
 * rates and penalties of now, and looks at both players then. A value that is not finite ends it sooner, and is seen in
 * the look.
 */
async function learnOn(player: PlayerName, given: TrialCase): Promise<Look> {
  const { config, train, backend, looker, state, progress } = given;
  const steps = (name: PlayerName) => Number(name === player);
  const updates = {
    ...given.game.updates,
    mode: "alternating",
    unroll: undefined,
    discriminatorSteps: steps("discriminator"),
    generatorSteps: steps("generator"),
  } as const;
  const game: Game = { ...given.game, updates };
  // Noise of its own, so that the player does not rehearse the very updates that the training will make.
  const executor = new Executor(game, backend, streamKey(config.seed, `counterfactual/${player}`).k0);
  const look = async () => looker.take((await executor.settle()).read(), progress.step);
  try {
    executor.state.fromArrays((await state()).toArrays(), "the training");
    const batches = new TrainingBatches(config, train, game);
    const scalar = fedNumbers(config, progress.images);
    let { draws } = progress;
    for (let update = 0; update < TRIAL_UPDATES; update++) {
      for (const phase of planStep(updates, game.penalties, update)) {
        const measured = await executor.run(phase, { ...batches.get(draws), draw: draws, scalar });
        draws++;
        if (![...measured.values()].every(Number.isFinite)) return await look();
      }
    }
    return await look();
  } finally {
    await executor.release();
  }
}

/** The state with the moving average in the place of the generator. */
function averaged(arrays: HostArrays): HostArrays {
  const own = ["generator", "generator/buffers"].flatMap((name) => {
    const average = arrays[`ema/${name}`];
    return average === undefined ? [] : [[name, average] as const];
  });
  return { ...arrays, ...Object.fromEntries(own) };
}

const TRIALS: Readonly<Record<Counterfactual, (given: TrialCase) => Promise<Look>>> = {
  "refit-discriminator": (given) => learnOn("discriminator", given),
  "step-generator": (given) => learnOn("generator", given),
  "average-weights": async ({ state, looker, progress }) =>
    looker.take(averaged((await state()).read()), progress.step),
};

/** Tries `trial` and looks at what came of it: at the same reals and latents as the look of this step. */
export const tryCounterfactual = (trial: Counterfactual, given: TrialCase): Promise<Look> => TRIALS[trial](given);
