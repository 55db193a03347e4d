/** @file The two clusters as a benchmark: each seed's game is a trial, and all trials of a recipe are played at once. */

import { createHash } from "node:crypto";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { ConfigError } from "../../util/errors.ts";
import { type Changes, describeChanges, protocolName } from "../changes.ts";
import type { TwoClusterProtocol } from "../protocol.ts";
import type { Trial } from "../train-trial.ts";
import { machineFacts, type RecordedFigures, type TrialRecord } from "../trial-record.ts";
import { plateauOf } from "./plateau.ts";
import { type GameCourse, play } from "./play.ts";

/** A trial of this benchmark: it has no config and no run directory. */
export type Game = Omit<Trial, "config" | "root">;

/** What to run, and who is told. */
export interface TwoClusterJob {
  readonly recipes: readonly string[];
  readonly trials: number;
  readonly changes: Changes;
  /** The record of a game that was played before. */
  readonly known: (game: Game) => TrialRecord | undefined;
  readonly onRecord: (record: TrialRecord, reused: boolean) => void;
  readonly onProgress?: (running: ReadonlyMap<string, number>) => void;
  readonly signal?: AbortSignal;
}

const asNumber = (value: boolean | null): number | null => (value === null ? null : Number(value));

/** The figures of one game: 0 or 1 for what it has, epochs, and the discriminator's loss. */
function figuresOf({ early, end, since, curve }: GameCourse): RecordedFigures {
  const plateau = plateauOf(curve);
  return {
    ...(early !== null && { "both-early": asNumber(early) }),
    "both-end": asNumber(end),
    since,
    plateau: plateau?.loss ?? null,
    "plateau/epochs": plateau?.epochs ?? null,
  };
}

/** The loss of a perfect discriminator while one of two clusters is covered; of `non-saturating` as the mean of both halves. */
export const predictedPlateau = (objective: string): number =>
  objective === "relativistic" ? Math.log(2) / 2 : -(Math.log(1 / 3) / 2 + Math.log(2 / 3)) / 2;

/** Plays what is not recorded yet. @returns All games that were asked for. @throws ConfigError for changes that it cannot make. */
export async function runTwoClusters(protocol: TwoClusterProtocol, job: TwoClusterJob): Promise<readonly Game[]> {
  const { recipes, trials, changes, known, onRecord, onProgress, signal } = job;
  if (changes.set !== undefined && changes.set.length > 0) {
    throw new ConfigError(`${protocol.benchmark} has no config that --set could change`, {
      help: "its networks and numbers are fixed; --steps gives another number of epochs",
    });
  }
  const epochs = changes.steps ?? protocol.epochs;
  const changed = describeChanges(changes);
  const named = {
    benchmark: protocol.benchmark,
    protocol: protocolName(protocol, changes),
    ...(changed !== undefined && { changes: changed }),
  };
  const games = recipes.map((recipe) =>
    Array.from({ length: trials }, (_, trial): Game => {
      const parts = JSON.stringify([protocol.benchmark, protocol.objectives[recipe], epochs, trial]);
      const fingerprint = createHash("sha256").update(parts).digest("hex").slice(0, 16);
      return { ...named, recipe, trial, fingerprint };
    }),
  );
  for (const row of games) {
    const before = row.map(known);
    if (before.every((record) => record !== undefined)) {
      for (const record of before) onRecord(record, true);
      continue;
    }
    const { recipe } = row[0]!;
    const objective = protocol.objectives[recipe]!;
    const backend = await nodeBackend({ threads: 1 });
    const [started, clock] = [performance.now(), process.cpuUsage()];
    const onEpoch = (epoch: number) => onProgress?.(new Map([[`${recipe} 0 to ${trials - 1}`, epoch / epochs]]));
    const courses = await play({ objective, seeds: trials, epochs, backend, onEpoch, ...(signal && { signal }) });
    if (courses === null) break;
    // All games are played at once: each gets its share of the time.
    const seconds = (performance.now() - started) / 1000 / trials;
    const { user, system } = process.cpuUsage(clock);
    const { versions, cpu } = machineFacts();
    for (const [trial, course] of courses.entries()) {
      const record: TrialRecord = {
        v: 1,
        ...row[trial]!,
        status: "finished",
        reason: "",
        figures: { ...figuresOf(course), "plateau/predicted": predictedPlateau(objective), minutes: seconds / 60 },
        ideal: {},
        real: {},
        steps: epochs,
        seconds,
        processorSeconds: (user + system) / 1e6 / trials,
        threads: 1,
        versions,
        cpu,
      };
      onRecord(record, false);
    }
  }
  return games.flat();
}
