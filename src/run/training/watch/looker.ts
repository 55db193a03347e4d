/** @file Looks at the players of a training: compiled once, with random numbers of their own. */

import type { Backend, Executable, HostArray, HostArrays } from "../../../backend/backend.ts";
import type { Config } from "../../../config/config.ts";
import { gatherBatch, gatherLabels } from "../../../data/batches.ts";
import type { Dataset } from "../../../data/dataset.ts";
import type { Game } from "../../../gan/game/game.ts";
import type { Player } from "../../../gan/game/player.ts";
import { type LookDetails, traceLook } from "../../../gan/observe/look.ts";
import type { RandomSpec } from "../../../gan/step/trace.ts";
import { sizeOf } from "../../../graph/ops.ts";
import type { Look, OfEachSet, Rows, Weight } from "../../../health/look.ts";
import { optimize } from "../../../passes/pipeline.ts";
import { fillBernoulli, permutation, type StreamKey, streamKey } from "../../../util/rng.ts";
import { drawNoise } from "../steps/executor.ts";
import { batchArray, labelArray } from "../steps/training-batches.ts";

/**
 * Samples in a look where the config does not say, and the most batches that they may be: of small batches, more would
 * cost too much time.
 */
const [USUAL_SAMPLES, MOST_BATCHES] = [{ images: 192, points: 512 }, 32] as const;

/**
 * Standard deviation of what is added to the latents: small beside theirs, which is 1, and large beside float32's
 * rounding.
 */
const NUDGE = 0.1;

/** Samples that are looked at more closely: fakes made again from moved latents, gradients. */
const CLOSER = 64;

/** What looks are taken of. */
export interface LookerJob {
  readonly config: Config;
  readonly game: Game;
  /** What is learned from. */
  readonly train: Dataset;
  /** Reals that are not. Without labels where the game is about classes, they cannot be judged and are left out. */
  readonly heldOut?: Dataset | undefined;
}

/** Whole batches in a look, as the config says: however few the reals are, there are as many fakes. */
export function lookBatches({ config, train }: Pick<LookerJob, "config" | "train">): number {
  const { samples } = config.health;
  if (samples !== null) return Math.ceil(samples / config.batch);
  return Math.min(MOST_BATCHES, Math.ceil(USUAL_SAMPLES[train.kind] / config.batch));
}

/** Whether the discriminator can be asked about the held-out reals. */
const judgeable = ({ condition }: Game, heldOut: Dataset): boolean =>
  condition?.kind !== "labels" || heldOut.classes?.length === condition.classes;

/** Reals of one side, new ones at every look, and none twice in a look unless there are too few. */
class LookReals {
  /** Of how many of a look's samples none is a repetition. */
  readonly distinct: number;
  private readonly dataset: Dataset;
  private readonly key: StreamKey;
  private readonly mirrorKey: StreamKey | undefined;
  private readonly real: Uint8Array | Float32Array;
  private readonly labels: Float32Array | undefined;
  private readonly mirror: Uint8Array;
  private order: Uint32Array = new Uint32Array(0);

  constructor(dataset: Dataset, { config, game }: LookerJob, samples: number, name: string) {
    this.dataset = dataset;
    this.distinct = Math.min(dataset.count, samples);
    this.key = streamKey(config.seed, `look/${name}`);
    this.mirrorKey = config.data.mirror ? streamKey(config.seed, `look/${name}/mirror`) : undefined;
    this.real = batchArray(dataset, config.batch);
    this.labels = labelArray(game);
    this.mirror = new Uint8Array(config.batch);
  }

  /** Draws anew. */
  shuffle(step: number): void {
    this.order = permutation(this.key, step, this.dataset.count);
  }

  /** Batch number `part` of a look; `draw` numbers it among those of all looks. The arrays are used again. */
  get(part: number, draw: number): { readonly real: HostArray; readonly labels: Float32Array | undefined } {
    const { dataset, order, real, labels, mirror } = this;
    const first = part * mirror.length;
    const indices = Array.from(mirror, (_, i) => order[(first + i) % order.length]!);
    if (this.mirrorKey !== undefined) fillBernoulli(this.mirrorKey, draw, 0.5, mirror);
    gatherBatch(dataset, indices, real, this.mirrorKey && mirror);
    if (labels !== undefined) gatherLabels(dataset, indices, labels);
    return { real, labels };
  }
}

/** What is compiled for looks. */
interface Compiled {
  readonly executable: Executable;
  readonly inputs: readonly string[];
  readonly noise: readonly { readonly spec: RandomSpec; readonly values: Float32Array | Uint8Array }[];
}

/** A player's learned arrays as views. */
function weightsOf({ name, parameters }: Player, arrays: HostArrays): Weight[] {
  const packed = arrays[name] as Float32Array;
  return parameters.entries.map(({ name, shape, offset, size }) => ({
    name,
    shape,
    data: packed.subarray(offset, offset + size),
  }));
}

/** Arrays one after another. */
function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

/** Takes looks at the players of one training. It compiles at the first. */
export class Looker {
  /** Fakes in a look; of reals and held-out ones as many, unless there are fewer. */
  readonly samples: number;
  /** How many reals are kept apart, as far as the discriminator can be asked about them. */
  readonly heldOutCount: number;
  private readonly job: LookerJob;
  private readonly backend: Backend;
  private readonly batches: number;
  private readonly reals: LookReals;
  private readonly unseen: LookReals | undefined;
  private readonly seed: number;
  /** Batches that are looked at more closely, at the level `full`: the first ones. */
  private readonly closer: number;
  /** For those batches, and for the others; undefined where there are none. */
  private compiled: { readonly closer: Compiled | undefined; readonly quick: Compiled | undefined } | undefined;

  constructor(job: LookerJob, backend: Backend) {
    const { config, game, train, heldOut } = job;
    this.job = job;
    this.backend = backend;
    this.batches = lookBatches(job);
    this.samples = this.batches * config.batch;
    const isFull = config.health.probes === "full";
    this.closer = isFull ? Math.min(this.batches, Math.ceil(CLOSER / config.batch)) : 0;
    this.reals = new LookReals(train, job, this.samples, "real");
    const judged = heldOut !== undefined && judgeable(game, heldOut) ? heldOut : undefined;
    this.unseen = judged && new LookReals(judged, job, this.samples, "held-out");
    this.heldOutCount = judged?.count ?? 0;
    this.seed = streamKey(config.seed, "look").k0;
  }

  /** Logits in a look, one for each sample or pack: no real counts twice. */
  get logits(): Readonly<Record<"real" | "fake" | "heldOut", number>> {
    const { packing = 1 } = this.job.game;
    const packs = (samples: number) => Math.floor(samples / packing);
    return {
      real: packs(this.reals.distinct),
      fake: packs(this.samples),
      heldOut: packs(this.unseen?.distinct ?? 0),
    };
  }

  private async prepare(): Promise<NonNullable<typeof this.compiled>> {
    if (this.compiled !== undefined) return this.compiled;
    const closer = this.closer > 0 ? await this.compile({ nudge: NUDGE }) : undefined;
    const quick = this.closer < this.batches ? await this.compile(undefined) : undefined;
    this.compiled = { closer, quick };
    return this.compiled;
  }

  private async compile(details: LookDetails | undefined): Promise<Compiled> {
    const heldOut = this.unseen !== undefined;
    const { graph, randoms } = traceLook(this.job.game, { heldOut, ...(details && { details }) });
    const optimized = optimize(graph);
    const noise = randoms.map((spec) => {
      const size = sizeOf(spec.shape);
      return { spec, values: spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size) };
    });
    const inputs = optimized.inputs.map(({ attrs }) => attrs.name);
    return { executable: await this.backend.compile(optimized), inputs, noise };
  }

  /**
   * Looks at the players whose state is `arrays`. The same step gives the same reals and noise.
   *
   * The weights of the look are views: read it before the training goes on.
   */
  async take(arrays: HostArrays, step: number): Promise<Look> {
    const compiled = await this.prepare();
    this.reals.shuffle(step);
    this.unseen?.shuffle(step);
    const parts: HostArrays[] = [];
    for (let part = 0; part < this.batches; part++) {
      const { executable, inputs, noise } = (part < this.closer ? compiled.closer : compiled.quick)!;
      const draw = (step * this.batches + part) % 2 ** 32;
      const { real, labels } = this.reals.get(part, draw);
      const unseen = this.unseen?.get(part, draw);
      const fed: Record<string, HostArray | undefined> = {
        ...arrays,
        real,
        labels,
        heldOut: unseen?.real,
        heldOutLabels: unseen?.labels,
      };
      for (const { spec, values } of noise) {
        drawNoise(this.seed, spec, draw, values);
        fed[spec.name] = values;
      }
      parts.push(await executable.run(Object.fromEntries(inputs.map((name) => [name, fed[name]!]))));
    }
    return this.put(parts, arrays);
  }

  /** The batches' results as one look. */
  private put(parts: readonly HostArrays[], arrays: HostArrays): Look {
    const { samples } = this;
    const { game } = this.job;
    const { packing = 1, generator, discriminator } = game;
    const all = (name: string) => joined(parts.map((part) => part[name] ?? []));
    // Of reals that are fewer than a look's samples only the first round counts.
    const { logits } = this;
    const packs = logits.fake;
    const rows = (name: string, count: number, whole: number): Rows => {
      const values = all(name);
      const columns = values.length / whole;
      return { rows: count, columns, values: values.subarray(0, count * columns) };
    };
    const ofEach = <T>(what: string, read: (name: string, count: number) => T, each = 1) => {
      const set: OfEachSet<T> = {
        real: read(`${what}/real`, each * logits.real),
        fake: read(`${what}/fake`, each * logits.fake),
        ...(logits.heldOut > 0 && { heldOut: read(`${what}/held-out`, each * logits.heldOut) }),
      };
      return set;
    };
    const close = this.closer * game.batch;
    const layers = [generator, discriminator].flatMap(({ name, parameters }) =>
      parameters.entries.map((entry, i) => {
        const sizes = parts.flatMap((part) => part[`gradients/${name}`]?.[i] ?? []);
        return [`${name}/${entry.name}`, mean(sizes)] as const;
      }),
    );
    const signals = all("signal");
    return {
      samples: ofEach("samples", (name, count) => rows(name, count, samples), packing),
      ...(game.ema && { average: rows("samples/average", samples, samples) }),
      ...(close > 0 && { nudged: { samples: rows("samples/nudged", Math.min(CLOSER, close), close), by: NUDGE } }),
      logits: ofEach("logits", (name, count) => all(name).subarray(0, count)),
      features: ofEach("features", (name, count) => rows(name, count, packs)),
      ...(signals.length > 0 && { generatorSignal: mean(signals) }),
      weights: { generator: weightsOf(generator, arrays), discriminator: weightsOf(discriminator, arrays) },
      ...(parts[0]?.["slopes/real"] && { inputGradients: { real: all("slopes/real"), fake: all("slopes/fake") } }),
      ...(parts[0]?.["gradients/generator"] && { layerGradients: Object.fromEntries(layers) }),
    };
  }

  async release(): Promise<void> {
    const { closer, quick } = this.compiled ?? {};
    this.compiled = undefined;
    await closer?.executable.release();
    await quick?.executable.release();
  }
}
