/**
 * @file The oracle of the zoo: judges the checkpoints of a run by what is known of its data, and by reals that it never saw.
 * It shares nothing with what watches a training (`src/health`), so that the one can be measured by the other.
 */

import type { Backend } from "../../backend/backend.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import type { Config } from "../../config/config.ts";
import type { Dataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { nearest } from "../../metrics/distances.ts";
import { type Features, pick, rows } from "../../metrics/features.ts";
import { loadData } from "../../run/config/unsized.ts";
import type { Samples } from "../../run/evaluation/extractor.ts";
import { BackendProducts } from "../../run/evaluation/products.ts";
import { usualHeldOut } from "../../run/evaluation/reals.ts";
import { pickSamples } from "../../run/evaluation/subsets.ts";
import { ValuePlayers } from "../../run/evaluation/value-players.ts";
import { SeedSampler } from "../../run/sampling/sample-run.ts";
import { listCheckpoints } from "../../run/store/checkpoint.ts";
import { type LoadedRun, loadRun } from "../../run/store/load-run.ts";
import { runPaths } from "../../run/store/run-dir.ts";
import { DataError, GantryError } from "../../util/errors.ts";
import { permutation, streamKey } from "../../util/rng.ts";
import {
  auc,
  countModes,
  meanPairDistance,
  meanWay,
  median,
  type Observation,
  type Sorted,
  shareHeld,
} from "./observation.ts";
import { openSorter, type Placed, type Sorter } from "./sorter.ts";

/** Reals that judge, and those that show what unseen ones are. */
const JUDGES = 1000;
/** Samples judged at every checkpoint. */
export const JUDGED = { points: 1000, images: 500 } as const;
/** Logits of each kind. */
const LOGITS = { points: 512, images: 256 } as const;
/** The samples have these seeds, the same at every checkpoint. */
const FIRST_SAMPLE = 2_000_000;
/** Of reals that the oracle has for itself, where data are drawn by seed. */
const UNSEEN_SEED = 3_000_000;
/** Larger training sets are not copied in trainings as short as these. */
const COPIED = 2000;

/** Reals of a program, before anything was changed, and reals that nobody learned from. */
export interface CleanReals {
  readonly clean: Dataset;
  readonly unseen: Dataset;
}

/** What a copy would be a copy of, and how near reals are to it that are none. */
interface Memory {
  readonly space: Features;
  readonly usual: number;
}

/** What the oracle finds of reals that are learned from, when it judges them as samples. */
export interface TrainingReals {
  readonly quality: number;
  readonly held: number;
}

/** @throws DataError when the data set is not there, or nobody knows other reals of it. */
export async function loadCleanReals(config: Config): Promise<CleanReals> {
  const { source } = config.data;
  const other = usualHeldOut({ source, options: { seed: UNSEEN_SEED } });
  if (other === undefined) throw new DataError(`the oracle knows no other reals of ${source}`);
  const drawn = other.source === source ? { ...other.options, seed: UNSEEN_SEED } : {};
  return { clean: await loadData(config), unseen: await loadDataset(other.source, drawn) };
}

const someOf = (reals: Dataset, count: number, name: string): Samples => {
  const order = permutation(streamKey(0, `zoo/${name}`), 0, reals.count);
  return pickSamples(reals as Samples, order.subarray(0, Math.min(count, reals.count)));
};

/** A judge of all trainings of one program with one seed, whatever was changed in them. */
export class Oracle {
  private readonly sorter: Sorter;
  private readonly runtime: BackendProducts;
  private readonly backend: Backend;
  private readonly reals: CleanReals;
  /** True shares of the modes, and what distances are between reals. */
  private readonly truth: readonly number[];
  private readonly realDistance: number;
  private readonly realApart: number;
  private readonly unseen: Placed;

  private constructor(
    parts: { sorter: Sorter; runtime: BackendProducts; backend: Backend; reals: CleanReals },
    real: Placed & { apart: number; unseen: Placed },
  ) {
    this.sorter = parts.sorter;
    this.runtime = parts.runtime;
    this.backend = parts.backend;
    this.reals = parts.reals;
    this.truth = countModes(real.sorted, false).map((count) => count / real.sorted.mode.length);
    this.realDistance = meanPairDistance(real.space);
    this.realApart = real.apart;
    this.unseen = real.unseen;
  }

  /** @param program Config of the unchanged program, with its seed. */
  static async open(program: Config): Promise<Oracle> {
    const backend = await nodeBackend({ threads: program.threads ?? 1 });
    const runtime = new BackendProducts(backend);
    const { products } = runtime;
    const reals = await loadCleanReals(program);
    const judges = { ...reals.clean, ...someOf(reals.clean, JUDGES, "judges") } as Dataset;
    const others = { ...reals.unseen, ...someOf(reals.unseen, JUDGES, "unseen") } as Dataset;
    const sorter = await openSorter(program.data.source, judges, others, { backend, products });
    const { sorted, space } = await sorter.sort(judges as Samples);
    const unseen = await sorter.sort(others as Samples);
    const asMany = rows(space, 0, Math.min(space.count, JUDGED[reals.clean.kind]));
    const apart = median((await nearest(asMany, asMany, 1, products)).distances);
    return new Oracle({ sorter, runtime, backend, reals }, { sorted, space, apart, unseen });
  }

  /** What the reals that are learned from are, judged as samples are. */
  async judgeReals(training: Dataset): Promise<TrainingReals> {
    // A draw of its own: of many reals, hardly any are among those that judge.
    const { sorted } = await this.sorter.sort(someOf(training, JUDGES, "training"));
    const total = sorted.mode.length;
    return { quality: this.quality(sorted), held: shareHeld(countModes(sorted, true), this.truth, total) };
  }

  private quality({ good }: Sorted): number {
    return good.reduce((sum, x) => sum + x, 0) / good.length;
  }

  /**
   * Judges every checkpoint of the run in `dir`, the oldest first.
   *
   * @param training What it learned from.
   */
  async observe(dir: string, training: Dataset): Promise<Observation[]> {
    const paths = runPaths(dir);
    const steps = listCheckpoints(paths.checkpoints).flatMap(({ step }) => (step === null ? [] : [step]));
    steps.sort((a, b) => a - b);
    if (steps.length === 0) return [];
    // Of the last: an average may be kept from a remedy on.
    const { game, config } = loadRun(paths, String(steps.at(-1)));
    const format = game.sample.kind === "images" ? "pixels" : "raw";
    const sampler = await SeedSampler.create(game, this.backend, format);
    const players = await ValuePlayers.create(game, this.backend, config.seed);
    try {
      const out: Observation[] = [];
      let before: Features | undefined;
      const memory = training.count <= COPIED ? await this.memoryOf(training) : undefined;
      for (const step of steps) {
        const run = loadRun(paths, String(step));
        const aucs = await this.judgeLogits(players, run, training);
        const { observation, space } = await this.judgeSamples(sampler, run, { before, memory });
        out.push({ step, ...observation, ...aucs });
        before = space;
      }
      return out;
    } finally {
      await sampler.release();
      await players.release();
    }
  }

  /** The training reals in the sorter's space, and how near unseen ones of their modes come to them: of few reals there may be none of a mode. */
  private async memoryOf(training: Dataset): Promise<Memory> {
    const { space, sorted } = await this.sorter.sort(training as Samples);
    const shown = new Set(sorted.mode);
    const ofShown = Array.from(this.unseen.sorted.mode.keys()).filter((i) => shown.has(this.unseen.sorted.mode[i]!));
    const { distances } = await nearest(pick(this.unseen.space, ofShown), space, 1, this.runtime.products, false);
    return { space, usual: median(distances) };
  }

  private async judgeSamples(
    sampler: SeedSampler,
    { state, game }: LoadedRun,
    { before, memory }: { before: Features | undefined; memory: Memory | undefined },
  ): Promise<{ observation: Omit<Observation, "step" | "aucFake" | "aucUnseen">; space: Features | undefined }> {
    const { kind, shape } = this.reals.clean;
    const count = JUDGED[kind];
    const seeds = Array.from({ length: count }, (_, i) => FIRST_SAMPLE + i);
    const { data } = await sampler.draw(state, { seeds, weights: game.ema ? "ema" : "raw" });
    const found = await this.trySort({ kind, shape, data, count } as Samples);
    if (found === undefined) return { observation: NOT_FINITE, space: undefined };
    const { sorted, space } = found;
    const { products } = this.runtime;
    const all = countModes(sorted, false);
    const copied = memory && median((await nearest(space, memory.space, 1, products, false)).distances);
    return {
      observation: {
        finite: true,
        quality: this.quality(sorted),
        held: shareHeld(countModes(sorted, true), this.truth, count),
        reached: shareHeld(all, this.truth, count),
        shares: all.map((n) => n / count),
        dispersion: meanPairDistance(space) / this.realDistance,
        apart: median((await nearest(space, space, 1, products)).distances) / this.realApart,
        moved: before === undefined ? null : meanWay(before, space) / this.realDistance,
        copying: memory === undefined || copied === undefined ? null : copied / memory.usual,
      },
      space,
    };
  }

  /** undefined where the samples are not finite. */
  private async trySort(samples: Samples) {
    try {
      return await this.sorter.sort(samples);
    } catch (error) {
      if (error instanceof DataError) return undefined;
      throw error;
    }
  }

  private async judgeLogits(players: ValuePlayers, { state }: LoadedRun, training: Dataset) {
    players.set(state.read(), 0);
    const of = (dataset: Dataset) =>
      players.logits(
        { dataset, indices: Uint32Array.from({ length: dataset.count }, (_, i) => i), mirror: false, seed: 1 },
        LOGITS[this.reals.clean.kind],
      );
    try {
      const [seen, unseen] = [await of(training), await of(this.reals.unseen)];
      return { aucFake: auc(seen.real, seen.fake), aucUnseen: auc(seen.real, unseen.real) };
    } catch (error) {
      if (error instanceof GantryError) return { aucFake: null, aucUnseen: null };
      throw error;
    }
  }

  async release(): Promise<void> {
    await this.sorter.release();
    await this.runtime.release();
  }
}

const NOT_FINITE = {
  finite: false,
  quality: null,
  held: null,
  reached: null,
  shares: null,
  dispersion: null,
  apart: null,
  moved: null,
  copying: null,
} as const;
