/** @file Playing all games of the two clusters to their end. */

import type { Backend } from "../../backend/backend.ts";
import type { Phase } from "../../gan/step/phases.ts";
import { Executor } from "../../run/training/steps/executor.ts";
import { gameOf, layTable, MOVES, RATE } from "./game.ts";
import { LOOK, type Sight } from "./plateau.ts";
import { createProbe, hasBoth, lossOf, sharesOf } from "./probe.ts";

/** When the first of the two scores is taken, in epochs. */
export const EARLY = 600;

/** How one game went. */
export interface GameCourse {
  /** Both clusters after 600 epochs, on new latents; null where it was not played so long. */
  readonly early: boolean | null;
  /** Both clusters at the end, on the training's latents. */
  readonly end: boolean;
  /** The first look from which on it had both at every look; null where it did not at the last. */
  readonly since: number | null;
  /** A look at every 20th epoch, between the moves of the discriminator and those of the generator. */
  readonly curve: readonly Sight[];
}

/** What to play. */
export interface PlayOptions {
  readonly objective: string;
  readonly seeds: number;
  readonly epochs: number;
  readonly backend: Backend;
  readonly signal?: AbortSignal;
  readonly onEpoch?: (epoch: number) => void;
}

const phase = (player: "generator" | "discriminator"): Phase => ({
  discriminator: player === "discriminator",
  generator: player === "generator",
  penalties: [],
  moves: true,
});

/** Plays the games of seeds 0 to `seeds` - 1 under one objective; null when the signal came before their end. */
export async function play(options: PlayOptions): Promise<readonly GameCourse[] | null> {
  const { objective, seeds, epochs, backend, signal, onEpoch } = options;
  const table = layTable(seeds);
  const game = gameOf(table, objective);
  const executor = new Executor(game, backend, 0);
  const probe = await createProbe(game, table, backend);
  // Gantry's cross-entropy is the sum of both halves, the original's their mean.
  const half = objective === "relativistic" ? 1 : 0.5;
  const rates: Readonly<Record<string, number>> = {
    "lr/discriminator": RATE * seeds * half,
    "lr/generator": RATE * seeds,
  };
  const feeds = { real: table.data, draw: 0, scalar: ({ name }: { readonly name: string }) => rates[name]! };
  const move = async (player: "generator" | "discriminator"): Promise<void> => {
    for (let i = 0; i < MOVES; i++) await executor.run(phase(player), feeds);
  };
  const curves = Array.from({ length: seeds }, (): Sight[] => []);
  let early: readonly boolean[] | null = null;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      if (signal?.aborted) return null;
      await move("discriminator");
      if (epoch % LOOK === 0) {
        const seen = await probe.look((await executor.settle()).read());
        for (const [seed, curve] of curves.entries()) {
          curve.push({ epoch, loss: lossOf(objective, seen, seed), shares: sharesOf(seen.samples, seed) });
        }
        // A turn for signals: the steps above never leave the thread for long.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await move("generator");
      if (epoch === EARLY) {
        const samples = await probe.fresh((await executor.settle()).read());
        early = curves.map((_, seed) => hasBoth(sharesOf(samples, seed)));
      }
      onEpoch?.(epoch);
    }
    const { samples } = await probe.look((await executor.settle()).read());
    return curves.map((curve, seed) => ({
      early: early === null ? null : early[seed]!,
      end: hasBoth(sharesOf(samples, seed)),
      since: sinceOf(curve),
      curve,
    }));
  } finally {
    await probe.release();
    await executor.release();
  }
}

/** The first look of the unbroken row of looks at the end at which both clusters were there. */
export function sinceOf(curve: readonly Sight[]): number | null {
  const last = curve.findLastIndex(({ shares }) => !hasBoth(shares));
  return curve[last + 1]?.epoch ?? null;
}
