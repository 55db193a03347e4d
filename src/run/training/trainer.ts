/** @file The training loop: plan, draw, run, measure, record. It knows no algorithm by name. */

import { join } from "node:path";
import type { Backend } from "../../backend/backend.ts";
import { type Config, imagesPerMove, imagesPerStep, totalSteps } from "../../config/config.ts";
import { BatchOrder, gatherBatch, gatherLabels } from "../../data/batches.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Game } from "../../gan/game.ts";
import { planStep } from "../../gan/phases.ts";
import type { ScalarSpec } from "../../gan/trace.ts";
import { sizeOf } from "../../graph/ops.ts";
import { emaDecay } from "../../optim/ema.ts";
import { rampAt, scheduledAt, scheduleFactor } from "../../optim/schedule.ts";
import { DataError, invariant } from "../../util/errors.ts";
import { fillBernoulli, streamKey } from "../../util/rng.ts";
import { dataDigest, fingerprint } from "../config/fingerprint.ts";
import { figuresOf } from "../evaluation/evaluation.ts";
import { fixedConditions } from "../sampling/conditions.ts";
import { fixedLatents, Sampler, type WeightKind, writeReals, writeSamples } from "../sampling/sampling.ts";
import { checkpointName, pruneCheckpoints, saveCheckpoint } from "../store/checkpoint.ts";
import { type EventLog, openEventLog } from "../store/event-log.ts";
import type { MetricEvent, RunEvent, RunEventInput } from "../store/events.ts";
import { MetricLog, metricLine } from "../store/metric-log.ts";
import type { RunPaths } from "../store/run-dir.ts";
import { type BestFigure, isBetter, stillBest } from "./best.ts";
import { Executor } from "./executor.ts";
import type { Judgement } from "./judge.ts";
import type { Judging } from "./prepare.ts";
import { fresh, type Progress, type Resumed, restore } from "./restore.ts";
import type { Tick } from "./tick.ts";

/** What the trainer is asked to do. */
export interface TrainingJob {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly game: Game;
  readonly run: RunPaths;
  /** Go on from the latest good checkpoint instead of starting anew. */
  readonly resume: boolean;
  /** What the config says of metrics and the best checkpoint, made ready. Default: neither. Stays the caller's to release. */
  readonly judging?: Judging;
}

/** What the trainer needs from outside. */
export interface TrainingEffects {
  readonly backend: Backend;
  /** Called with every event after it was written. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Called after every step. */
  readonly onStep?: () => void;
  /** Asked after every step but the last: why to stop, or null to go on. */
  readonly stopReason?: () => string | null;
}

/** How a training ended. */
export interface TrainingResult {
  readonly status: "finished" | "interrupted" | "failed";
  readonly reason: string;
  readonly step: number;
  readonly images: number;
}

/** Trains until the end, a stop request, or a value that is not finite. */
export async function runTraining(job: TrainingJob, effects: TrainingEffects): Promise<TrainingResult> {
  const training = await Training.open(job, effects);
  try {
    return await training.loop();
  } catch (error) {
    training.recordFailure(error);
    throw error;
  } finally {
    await training.close();
  }
}

class Training {
  private readonly job: TrainingJob;
  private readonly effects: TrainingEffects;
  private readonly executor: Executor;
  private readonly sampler: Sampler;
  private readonly log: EventLog;
  private readonly metricLog: MetricLog;
  private readonly order: BatchOrder;
  private readonly progress: Progress;
  private readonly tick: Tick;
  private readonly digest: string;
  private readonly total: number;
  private readonly latents: Float32Array;
  private readonly asked: Float32Array | undefined;
  private readonly real: Uint8Array | Float32Array;
  private readonly indices: Uint32Array;
  private readonly mirror: Uint8Array;
  /** One-hot labels of the batch, in a game about classes. */
  private readonly labels: Float32Array | undefined;
  private lastScalars: Readonly<Record<string, number>>;
  private lastCheckpoint = -1;
  private tickStart = performance.now();
  private tickImages = 0;

  private constructor(
    job: TrainingJob,
    effects: TrainingEffects,
    executor: Executor,
    sampler: Sampler,
    resumed: Resumed,
  ) {
    const { config, dataset, game, run } = job;
    this.job = job;
    this.effects = effects;
    this.executor = executor;
    this.sampler = sampler;
    this.progress = { ...resumed.progress, best: stillBest(resumed.progress.best, job.judging?.best) };
    this.tick = resumed.tick;
    this.lastScalars = resumed.lastScalars;
    this.lastCheckpoint = resumed.progress.step === 0 ? -1 : resumed.progress.step;
    this.order = new BatchOrder({ count: dataset.count, batch: config.batch, seed: config.seed });
    this.total = totalSteps(config);
    this.digest = dataDigest(dataset);
    this.latents = fixedLatents(config.seed, sampler.count, game.latent);
    const size = config.batch * sizeOf(dataset.shape);
    this.real = dataset.kind === "images" ? new Uint8Array(size) : new Float32Array(size);
    this.indices = new Uint32Array(config.batch);
    this.mirror = new Uint8Array(config.batch);
    const { condition } = game;
    this.asked = fixedConditions(config.seed, condition, sampler.count);
    this.labels = condition?.kind === "labels" ? new Float32Array(config.batch * condition.classes) : undefined;
    this.log = openEventLog(run.events);
    this.metricLog = new MetricLog(run.dir);
  }

  static async open(job: TrainingJob, effects: TrainingEffects): Promise<Training> {
    const { config, dataset, game, run } = job;
    const executor = new Executor(game, effects.backend, config.seed);
    const resumed = job.resume ? restore(job, executor) : fresh();
    const format = dataset.kind === "images" ? "pixels" : "raw";
    const sampler = await Sampler.create(game, effects.backend, config.samples.count, format);
    const training = new Training(job, effects, executor, sampler, resumed);
    if (training.progress.step === 0) {
      training.emit({ type: "start", run: run.name, fingerprint: fingerprint(config) });
      await writeReals(run.reals, dataset, config.samples.count);
    }
    if (resumed.from !== undefined) training.emit({ type: "resume", checkpoint: resumed.from });
    for (const message of effects.backend.notes ?? []) training.emit({ type: "note", level: "info", message });
    for (const message of resumed.problems) training.emit({ type: "note", level: "warning", message });
    return training;
  }

  private emit(event: DistributiveOmit<RunEventInput, "step" | "images">): RunEvent {
    const { step, images } = this.progress;
    const written = this.log.append({ ...event, step, images } as RunEventInput);
    this.effects.onEvent?.(written);
    return written;
  }

  async loop(): Promise<TrainingResult> {
    this.emit({ type: "status", status: "running", reason: "" });
    if (this.progress.step === 0) await this.writeSamples();
    this.tickStart = performance.now();
    const { config } = this.job;
    while (this.progress.step < this.total) {
      const broken = await this.step();
      if (broken !== null) return this.end("failed", broken);
      this.effects.onStep?.();
      const { step } = this.progress;
      const last = step === this.total;
      if (last || step % config.log.every === 0) this.writeScalars();
      if (last || step % config.samples.every === 0) await this.writeSamples();
      const scheduled = last || step % config.checkpoint.every === 0;
      const best = (last || step % config.metrics.every === 0) && (await this.evaluate(scheduled));
      const stop = last ? null : (this.effects.stopReason?.() ?? null);
      if (scheduled || best || stop !== null) this.writeCheckpoint();
      if (stop !== null) return this.end("interrupted", stop);
    }
    return this.end("finished", "");
  }

  /** Runs the phases of one step. Gives what is not finite in them, or null. */
  private async step(): Promise<string | null> {
    const { config, dataset, game } = this.job;
    for (const phase of planStep(config.updates, game.penalties, this.progress.step)) {
      const { draws } = this.progress;
      this.order.fill(draws * config.batch, this.indices);
      if (config.data.mirror) fillBernoulli(streamKey(config.seed, "data/mirror"), draws, 0.5, this.mirror);
      gatherBatch(dataset, this.indices, this.real, config.data.mirror ? this.mirror : undefined);
      if (this.labels !== undefined) gatherLabels(dataset, this.indices, this.labels);
      const { real, labels } = this;
      const feeds = { real, ...(labels && { labels }), draw: draws, scalar: this.scalars() };
      const values = await this.executor.run(phase, feeds);
      this.progress.draws++;
      // Counted with the move, so that all batches of one move are under the same schedules.
      if (phase.discriminator && phase.moves) {
        this.progress.images += imagesPerMove(config);
        this.tickImages += imagesPerMove(config);
      }
      this.tick.add(values);
      const broken = [...values].filter(([, value]) => !Number.isFinite(value));
      if (broken.length > 0) return this.reportBroken(broken);
    }
    this.progress.step++;
    return null;
  }

  /** The fed numbers as they are now. */
  private scalars(): (spec: ScalarSpec) => number {
    const { config } = this.job;
    const { images } = this.progress;
    const length = this.total * imagesPerStep(config);
    const progress = images / length;
    // Images shown between two updates of the generator.
    const perUpdate = imagesPerStep(config) / config.updates.generatorSteps;
    const rate = ({ lr, schedule }: Config["optimizer"]["generator"]) => lr * scheduleFactor(schedule, images, length);
    const known: Readonly<Record<string, () => number>> = {
      "lr/generator": () => rate(config.optimizer.generator),
      "lr/discriminator": () => rate(config.optimizer.discriminator),
      "ema/decay": () => emaDecay(perUpdate, scheduledAt(config.ema.halfLife, progress), images, config.ema.rampUp),
    };
    return ({ name, ramp }) => {
      if (ramp !== undefined) return rampAt(ramp, progress);
      const value = known[name];
      invariant(value !== undefined, `nothing says what "${name}" is`);
      return value();
    };
  }

  private reportBroken(broken: readonly (readonly [string, number])[]): string {
    const list = broken.map(([name, value]) => `${name} is ${value}`).join(", ");
    const message = `at step ${this.progress.step + 1}: ${list}`;
    this.emit({
      type: "finding",
      code: "numerical-divergence",
      severity: "error",
      message,
      evidence: broken.map(([signal, value]) => ({
        signal,
        value,
        low: null,
        high: null,
        says: `${signal} is ${value}`,
      })),
      confidence: 1,
      onset: { step: this.progress.step, images: this.progress.images },
      next: null,
    });
    return message;
  }

  private writeScalars(): void {
    const now = performance.now();
    const perSecond = (this.tickImages / (now - this.tickStart)) * 1000;
    this.lastScalars = this.tick.take();
    this.emit({ type: "scalars", values: { ...this.lastScalars, "images/second": perSecond } });
    this.tickStart = now;
    this.tickImages = 0;
  }

  private async writeSamples(): Promise<void> {
    const { run, game, dataset } = this.job;
    for (const kind of game.ema ? (["ema", "raw"] as const) : (["raw"] as const)) {
      const suffix = kind === "raw" && game.ema ? "-raw" : "";
      const name = `fakes-${String(this.progress.step).padStart(6, "0")}${suffix}.png`;
      const samples = await this.sampler.draw(this.executor.state, kind, this.latents, this.asked);
      await writeSamples(join(run.samples, name), game, samples, dataset);
      this.emit({ type: "sample", path: `samples/${name}`, kind });
    }
  }

  /**
   * Judges the samples, and writes down what was found.
   *
   * @param scheduled Whether a checkpoint of this step is written in any case. One that is only due to a stop does not count:
   * what is recorded must not depend on where a run was broken off.
   * @returns Whether it is the best so far, and must be saved.
   */
  private async evaluate(scheduled: boolean): Promise<boolean> {
    const { judge, best } = this.job.judging ?? {};
    if (judge === undefined) return false;
    const start = performance.now();
    const judgement = await judge.judge(this.executor.state).catch((error: unknown) => {
      if (error instanceof DataError) return error;
      throw error;
    });
    // Speed is that of the training.
    this.tickStart += performance.now() - start;
    if (judgement instanceof DataError) {
      this.emit({ type: "note", level: "warning", message: `metrics: ${judgement.message}` });
      return false;
    }
    for (const { metric, reason } of judgement.refused) {
      this.emit({ type: "note", level: "warning", message: `metrics: ${metric}: ${reason}` });
    }
    const figures = Object.assign({}, ...judgement.evaluations.map(figuresOf)) as Record<string, number>;
    const isBest = best?.among === "metrics" && this.offerBest(best, figures);
    this.recordMetrics(judgement, judge.weights, scheduled || isBest ? checkpointName(this.progress.step) : null);
    return isBest;
  }

  private recordMetrics({ evaluations, seconds }: Judgement, weights: WeightKind, checkpoint: string | null): void {
    for (const { real = null, ...evaluation } of evaluations) {
      const event = this.emit({ type: "metric", ...evaluation, real, weights, seconds });
      this.metricLog.append(metricLine(event as MetricEvent, checkpoint));
    }
  }

  /** Makes the state as it is now the best where `values` say that it is; says whether they do. */
  private offerBest(best: BestFigure, values: Readonly<Record<string, number>>): boolean {
    const { figure, mode } = best;
    const value = values[figure];
    if (value === undefined || !isBetter(value, best, this.progress.best)) return false;
    this.progress.best = { name: checkpointName(this.progress.step), value, figure, mode };
    return true;
  }

  private writeCheckpoint(): void {
    const { config, run, judging } = this.job;
    const { progress } = this;
    const name = checkpointName(progress.step);
    if (judging?.best?.among === "scalars") this.offerBest(judging.best, this.lastScalars);
    // The event goes first: a kill between the two leaves an event that a resume from the older checkpoint takes back.
    this.emit({ type: "checkpoint", path: `checkpoints/${name}.safetensors` });
    this.log.sync();
    this.metricLog.sync();
    saveCheckpoint(run.checkpoints, name, {
      step: progress.step,
      images: progress.images,
      cursor: progress.draws * config.batch,
      fingerprint: fingerprint(config),
      state: this.executor.state.toArrays(),
      extra: {
        config: JSON.stringify(config),
        data: this.digest,
        // So that samples can be drawn where the data are not.
        sample: JSON.stringify(this.job.game.sample),
        tick: this.tick.save(),
        lastScalars: JSON.stringify(this.lastScalars),
        draws: String(progress.draws),
        best: JSON.stringify(progress.best),
      },
    });
    this.lastCheckpoint = progress.step;
    pruneCheckpoints(run.checkpoints, {
      keepLast: config.checkpoint.keep,
      keep: progress.best === null ? [] : [progress.best.name],
    });
  }

  private end(status: TrainingResult["status"], reason: string): TrainingResult {
    const { step, images } = this.progress;
    const kept =
      this.lastCheckpoint >= 0
        ? `the last good checkpoint is of step ${this.lastCheckpoint}`
        : "no checkpoint was written";
    const full = status === "failed" ? `${reason}; ${kept}` : reason;
    this.emit({ type: "status", status, reason: full });
    return { status, reason: full, step, images };
  }

  /** Writes down why the training ends with an error, such as a full disk. */
  recordFailure(error: unknown): void {
    try {
      this.end("failed", error instanceof Error ? error.message : String(error));
    } catch {
      // The log cannot be written either; the error itself says why.
    }
  }

  async close(): Promise<void> {
    try {
      this.log.close();
      this.metricLog.close();
    } finally {
      await this.sampler.release();
      await this.executor.release();
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
