/** @file Judges samples by reals: the features of the reals are computed once, the metrics as often as asked. */

import type { Backend } from "../../backend/backend.ts";
import type { Choice } from "../../config/schema.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { PlayedGame } from "../../metrics/game.ts";
import type { Better, Figures, Memory, Metric, MetricInputs, Need, SampleSet } from "../../metrics/metric.ts";
import { metrics as registry } from "../../metrics/metrics.ts";
import type { KnownModes } from "../../metrics/modes.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { createFrom } from "../../util/registry.ts";
import { unusualOptions } from "./choose-metrics.ts";
import { type Evaluation, type JudgedFigure, metricName } from "./evaluation.ts";
import type { OpenExtractor, SampleKind, Samples } from "./extractor.ts";
import { BackendProducts } from "./products.ts";
import { realSubsets } from "./subsets.ts";

/** What to judge by, and how. */
export interface EvaluatorOptions {
  /** Rows of the metric registry with their options. */
  readonly metrics: readonly Choice[];
  /** Samples that will be judged, and reals that judge where there are as many. */
  readonly count: number;
  /** Where the reals come from: what the generator learned from. */
  readonly reference: Dataset;
  /** Reals that the generator never saw. */
  readonly heldOut?: Dataset;
  /** The players that make the samples, for what is a figure of a game. */
  readonly game?: PlayedGame;
  readonly extractor: OpenExtractor;
  readonly backend: Backend;
  /** Default 0. */
  readonly seed?: number;
  /** Called for a metric that cannot judge these samples, which is then left out. Default: it is an error. */
  readonly onRefused?: (metric: string, reason: DataError) => void;
}

interface NamedMetric {
  /** In the registry. */
  readonly row: string;
  readonly name: string;
  readonly metric: Metric;
}

/** What will be measured under which name. */
export interface MetricDescription {
  /** Name in the registry, such as `fid`. */
  readonly row: string;
  /** Full name, such as `fid-10k-lenet_mnist`. */
  readonly name: string;
  /** Names of its figures, its own first, and which values of each are good; null where neither is. */
  readonly figures: Readonly<Record<string, Better | null>>;
}

/** Why a metric's need is not met, and what would meet it. */
const UNMET: Readonly<Record<Need, readonly [what: string, help: string]>> = {
  probabilities: [
    "class probabilities, which the features do not have",
    "choose the features lenet_mnist or lenet_fashion_mnist",
  ],
  channels: ["digits in three channels", "it is for stacked-mnist"],
  images: ["images", "these are points"],
  modes: ["known modes", "it is for ring, grid and the other synthetic mixtures"],
  memory: [
    "reals that the generator has not seen",
    "name some: `gantry evaluate --held-out`, or metrics.heldOut of a training",
  ],
  game: [
    "two players, and enough reals that they have not seen",
    "evaluate a run or a checkpoint; name the reals with --held-out where none are known",
  ],
};

/** @throws DataError when samples are of another kind or shape than the reals that are to judge them. */
export function requireLikeReference(samples: SampleKind, { name, kind, shape }: Dataset): void {
  if (samples.kind === kind && samples.shape.join() === shape.join()) return;
  throw new DataError(
    `the samples are ${samples.kind} of [${samples.shape}], the reference ${name} has ${kind} of [${shape}]`,
    { help: "both must be of one kind and shape: for images, give --size and --channels" },
  );
}

/** Judges samples by one set of reals. */
export class Evaluator {
  /** Samples that are judged at once. */
  readonly count: number;
  private readonly options: EvaluatorOptions;
  private readonly seed: number;
  private readonly metrics: readonly NamedMetric[];
  private readonly runtime: BackendProducts;
  private readonly modes: KnownModes | undefined;
  private reals: Promise<PreparedReals> | undefined;

  /** @throws ConfigError when a metric does not exist, needs what is not there, or cannot be computed from so few. */
  constructor(options: EvaluatorOptions) {
    const { metrics, reference, extractor, count, seed = 0, backend } = options;
    this.options = options;
    this.count = count;
    this.seed = seed;
    this.modes = reference.kind === "points" ? reference.modes : undefined;
    this.runtime = new BackendProducts(backend);
    this.metrics = metrics.map((choice) => {
      const metric = createFrom("metric", registry, choice);
      this.requireNeeds(choice.name, metric);
      this.requireEnough(choice.name, metric);
      const name = metricName({
        metric: choice.name,
        count: metric.draws ?? count,
        extractor: metric.uses === "features" ? extractor.name : undefined,
        options: unusualOptions(choice),
      });
      return { row: choice.name, name, metric };
    });
  }

  /** The full names of the metrics, in order. */
  get names(): readonly string[] {
    return this.metrics.map(({ name }) => name);
  }

  /** What will be measured, in order. */
  get described(): readonly MetricDescription[] {
    return this.metrics.map(({ row, name, metric: { figures } }) => ({ row, name, figures }));
  }

  private requireNeeds(name: string, { needs }: Metric): void {
    const { reference, extractor, heldOut, game } = this.options;
    const met: Readonly<Record<Need, boolean>> = {
      probabilities: extractor.gives.includes("probabilities"),
      channels: extractor.gives.includes("channels"),
      images: reference.kind === "images",
      modes: this.modes !== undefined,
      memory: heldOut !== undefined,
      game: game !== undefined,
    };
    const missing = needs.find((need) => !met[need]);
    if (missing === undefined) return;
    const [what, help] = UNMET[missing];
    throw new ConfigError(`the metric ${name} needs ${what}`, { help });
  }

  private requireEnough(name: string, { obstacle }: Metric): void {
    const { reference, extractor, count } = this.options;
    const reals = Math.min(count, reference.count);
    const reason = obstacle?.({ samples: count, reference: reals, dimensions: extractor.dimensions });
    if (reason === undefined) return;
    throw new ConfigError(`the metric ${name}: ${reason}`, {
      help:
        reals < count
          ? `${reference.name} has ${reference.count} reals; use more data, no more samples than that, or a metric that needs less, such as kid`
          : "choose more samples, or a metric that needs less, such as kid",
    });
  }

  /**
   * Computes what {@link evaluate} needs of the reals, which is otherwise done when it is called first.
   * @throws ShapeError when a metric cannot look at such reals.
   */
  async prepare(): Promise<void> {
    this.reals ??= this.prepareReals();
    const reals = await this.reals;
    for (const { name, metric } of this.metrics) await reals.null(name, metric);
  }

  /** @throws DataError when the samples cannot be judged: NaN features, too few for a covariance, another shape. */
  async evaluate(samples: Samples): Promise<Evaluation[]> {
    const { reference, extractor } = this.options;
    requireLikeReference(samples, reference);
    const judged = await extractor.extract(samples);
    this.reals ??= this.prepareReals();
    const reals = await this.reals;
    const out: Evaluation[] = [];
    for (const { row, name, metric } of this.metrics) {
      const found = await this.judge(row, metric, this.inputs(judged, reals.reference, reals.memory));
      if (found === undefined) continue;
      const real = await reals.null(name, metric);
      const results: Record<string, JudgedFigure> = {};
      for (const [figure, value] of Object.entries(found)) {
        const same = real?.figures[figure];
        results[figure] = { ...value, ...(same !== undefined && { real: same.value }) };
      }
      out.push({
        metric: name,
        results,
        better: metric.better,
        samples: metric.draws ?? samples.count,
        reference: this.judgesOf(metric, reals),
        ...(real && { real: { samples: real.samples, reference: real.reference } }),
        seed: this.seed,
      });
    }
    return out;
  }

  /** The reals that a metric looks at: those that judge, all of the reference, or those of the game. */
  private judgesOf({ needs }: Metric, { reference, memory }: PreparedReals): Evaluation["reference"] {
    if (needs.includes("game")) return this.options.game!.reals;
    const { count } = needs.includes("memory") ? memory!.training : reference.features;
    return { name: this.options.reference.name, count };
  }

  private async judge(row: string, metric: Metric, inputs: MetricInputs): Promise<Figures | undefined> {
    const { onRefused } = this.options;
    try {
      return await metric.compute(inputs);
    } catch (error) {
      if (onRefused === undefined || !(error instanceof DataError)) throw error;
      onRefused(row, error);
      return undefined;
    }
  }

  private inputs(samples: SampleSet, reference: SampleSet, memory: Memory | undefined): MetricInputs {
    const { products } = this.runtime;
    const { modes, seed } = this;
    const { game } = this.options;
    return {
      samples,
      reference,
      ...(memory && { memory }),
      ...(modes && { modes }),
      ...(game && { game }),
      products,
      seed,
    };
  }

  private async prepareReals(): Promise<PreparedReals> {
    const { reference, heldOut, extractor, count } = this.options;
    const subsets = realSubsets(reference, count, this.seed);
    const judges = await extractor.extract(subsets.reference);
    const nulls = {
      reference:
        subsets.null.reference === subsets.reference ? judges : await extractor.extract(subsets.null.reference),
      samples: await extractor.extract(subsets.null.samples),
    };
    const usesMemory = this.metrics.some(({ metric }) => metric.needs.includes("memory"));
    const memory = usesMemory && heldOut !== undefined ? await this.prepareMemory(reference, heldOut) : undefined;
    const known = new Map<string, Promise<NullFigures | undefined>>();
    const compute = async (metric: Metric): Promise<NullFigures | undefined> => {
      // Reals play no game.
      if (metric.needs.includes("game")) return undefined;
      const own = metric.needs.includes("memory");
      const samples = own ? memory!.null : nulls.samples;
      const judges = own ? memory!.judge.training : nulls.reference.features;
      try {
        const figures = await metric.compute(this.inputs(samples, nulls.reference, own ? memory!.judge : undefined));
        return { figures, samples: samples.features.count, reference: judges.count };
      } catch (error) {
        // Half of a small set may be too few where all of it is enough; the figures then stand alone.
        if (error instanceof DataError) return undefined;
        throw error;
      }
    };
    return {
      reference: judges,
      memory: memory?.judge,
      null(name, metric) {
        const before = known.get(name) ?? compute(metric);
        known.set(name, before);
        return before;
      },
    };
  }

  /** Half of the unseen reals judge, the other half shows what unseen reals score. */
  private async prepareMemory(reference: Dataset, heldOut: Dataset): Promise<{ judge: Memory; null: SampleSet }> {
    const { extractor, count } = this.options;
    const training = (await extractor.extract(reference)).features;
    const half = Math.min(count, Math.floor(heldOut.count / 2));
    const parts = realSubsets(heldOut, half, this.seed).null;
    const unseen = (await extractor.extract(parts.reference)).features;
    return { judge: { training, heldOut: unseen }, null: await extractor.extract(parts.samples) };
  }

  async release(): Promise<void> {
    await this.runtime.release();
    await this.options.extractor.release();
  }
}

interface NullFigures {
  readonly figures: Readonly<Record<string, { readonly value: number }>>;
  readonly samples: number;
  readonly reference: number;
}

interface PreparedReals {
  readonly reference: SampleSet;
  readonly memory: Memory | undefined;
  /** What reals score, computed once for each metric. */
  null(name: string, metric: Metric): Promise<NullFigures | undefined>;
}
