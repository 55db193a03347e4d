/** @file The training loop: plan, draw, run, measure, record. It knows no algorithm by name. */

import { join } from "node:path";
import { imagesPerMove, totalSteps, trainingSeed } from "../../config/config.ts";
import { planStep } from "../../gan/step/phases.ts";
import { DataError } from "../../util/errors.ts";
import { dataDigest, fingerprint } from "../config/fingerprint.ts";
import { figuresOf } from "../evaluation/evaluation.ts";
import { fixedConditions } from "../sampling/conditions.ts";
import { fixedLatents, Sampler, type WeightKind, writeReals, writeSamples } from "../sampling/sampling.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import { checkpointName, checkpointPath, pruneCheckpoints, saveCheckpoint } from "../store/checkpoint.ts";
import { type EventLog, openEventLog, readEvents } from "../store/event-log.ts";
import type { EventBody, MetricEvent, RunEvent, RunEventInput } from "../store/events.ts";
import { MetricLog, metricLine } from "../store/metric-log.ts";
import { sampleFile } from "../store/sample-files.ts";
import { brokenFinding } from "./broken.ts";
import type { TrainingEffects, TrainingJob, TrainingResult } from "./job.ts";
import { type BestFigure, figuresJudged, isBetter, stillBest } from "./judge/best.ts";
import type { Judgement } from "./judge/judge.ts";
import { underConfig } from "./prepare/under-config.ts";
import { type Deciding, decideOn } from "./rollback/decision.ts";
import { enter, findStart, newStart, type Progress, type Restored, type Start } from "./rollback/restore.ts";
import { coolDown, keepHealthy } from "./rollback/rollback.ts";
import { Executor } from "./steps/executor.ts";
import { fedNumbers } from "./steps/fed-numbers.ts";
import type { Tick } from "./steps/tick.ts";
import { TrainingBatches } from "./steps/training-batches.ts";
import { Watch } from "./watch/watch.ts";

export type { TrainingEffects, TrainingJob, TrainingResult } from "./job.ts";

/** A job whose data have been summed up. */
type DigestedJob = TrainingJob & { readonly digest: string };

/** What ends an attempt that is followed by another one, under a remedy. */
const GO_BACK = "go back";

/**
 * Trains until the end, a stop request, a value that is not finite, or a failure for which there is no remedy. Where a remedy is
 * applied, another attempt follows: the log says from where and under which config, as it does after a kill.
 */
export async function runTraining(job: TrainingJob, effects: TrainingEffects): Promise<TrainingResult> {
  const digest = dataDigest(job.all ?? job.dataset);
  let start = job.resume ? findStart({ ...job, digest }) : newStart(job.config);
  for (let isFirst = true; ; isFirst = false) {
    const ended = await attempt({ ...job, digest }, effects, start, isFirst);
    if (ended !== GO_BACK) return ended;
    start = findStart({ ...job, digest, config: start.config });
  }
}

/** Trains from `start` to the end of this attempt. */
async function attempt(given: DigestedJob, effects: TrainingEffects, start: Start, isFirst: boolean) {
  const { job, release } = await underConfig(given, start.config, effects.backend);
  try {
    const training = await Training.open({ ...job, digest: given.digest }, effects, start, isFirst);
    try {
      return await training.loop(isFirst);
    } catch (error) {
      training.recordFailure(error);
      throw error;
    } finally {
      await training.close();
    }
  } finally {
    await release();
  }
}

class Training {
  private readonly job: DigestedJob;
  private readonly effects: TrainingEffects;
  private readonly executor: Executor;
  private readonly sampler: Sampler;
  private readonly log: EventLog;
  private readonly metricLog: MetricLog;
  private readonly batches: TrainingBatches;
  private readonly progress: Progress;
  private readonly remedies: Start["remedies"];
  private readonly tick: Tick;
  private readonly total: number;
  private readonly latents: Float32Array;
  private readonly asked: Float32Array | undefined;
  /** Absent under `health.probes: off`. */
  private watch: Watch | undefined;
  private lastScalars: Readonly<Record<string, number>>;
  private lastCheckpoint = -1;
  private tickStart = performance.now();
  private tickImages = 0;

  private constructor(
    job: DigestedJob,
    effects: TrainingEffects,
    executor: Executor,
    sampler: Sampler,
    remedies: Start["remedies"],
    restored: Restored,
  ) {
    const { config, dataset, game, run } = job;
    this.job = job;
    this.effects = effects;
    this.executor = executor;
    this.sampler = sampler;
    this.remedies = remedies;
    this.progress = { ...restored.progress, best: stillBest(restored.progress.best, job.judging?.best) };
    this.tick = restored.tick;
    this.lastScalars = restored.lastScalars;
    this.lastCheckpoint = restored.progress.step === 0 ? -1 : restored.progress.step;
    this.batches = new TrainingBatches(config, dataset, game);
    this.total = totalSteps(config);
    this.latents = fixedLatents(config.seed, sampler.count, game.latent);
    this.asked = fixedConditions(config.seed, game.condition, sampler.count);
    this.log = openEventLog(run.events);
    this.metricLog = new MetricLog(run.dir);
  }

  /** @param isFirst Whether this is the first attempt of this process. */
  static async open(job: DigestedJob, effects: TrainingEffects, start: Start, isFirst: boolean): Promise<Training> {
    const { config, dataset, game, run } = job;
    writeFileAtomic(run.config, [`${JSON.stringify(config, null, 2)}\n`]);
    const executor = new Executor(game, effects.backend, trainingSeed(config));
    const restored = enter(start, run, executor);
    const format = dataset.kind === "images" ? "pixels" : "raw";
    const sampler = await Sampler.create(game, effects.backend, config.samples.count, format);
    const training = new Training(job, effects, executor, sampler, start.remedies, restored);
    // Read before anything is added to it.
    const kept = start.kind === "new" ? [] : [...readEvents(run.events)];
    if (start.kind === "rollback") {
      // From here on there is a checkpoint under the remedy: the log's last remedy has been carried out.
      if (start.checkpoint !== null) await training.writeCheckpoint(false);
    } else if (training.progress.step === 0) {
      training.emit({ type: "start", run: run.name, fingerprint: fingerprint(config) });
      for (const message of job.warnings?.() ?? []) training.emit({ type: "note", level: "warning", message });
      await writeReals(run.reals, dataset, config.samples.count);
    }
    if (start.kind !== "new") {
      if (isFirst) training.emit({ type: "resume", checkpoint: start.checkpoint?.name ?? null });
      for (const message of start.problems) training.emit({ type: "note", level: "warning", message });
    }
    const notes = isFirst ? (effects.backend.notes ?? []) : [];
    for (const message of notes) training.emit({ type: "note", level: "info", message });
    await training.beginWatch(kept);
    return training;
  }

  private emit(event: EventBody): RunEvent {
    const { step, images } = this.progress;
    const written = this.log.append({ ...event, step, images } as RunEventInput);
    this.watch?.note(written);
    this.effects.onEvent?.(written);
    return written;
  }

  /** @param kept The events of a run that goes on. */
  private async beginWatch(kept: readonly RunEvent[]): Promise<void> {
    const { config, game, dataset: train, heldOut } = this.job;
    if (config.health.probes === "off") return;
    const { backend } = this.effects;
    const given = { config, game, train, heldOut, backend, progress: this.progress };
    const state = () => this.executor.settle();
    const figures = figuresJudged(this.job.judging?.judge?.metrics ?? []);
    const watched = { ...given, state, level: config.health.probes, past: this.remedies, figures };
    this.watch = new Watch(watched, (event) => this.emit(event));
    await this.watch.begin(kept);
  }

  async loop(isFirst: boolean): Promise<TrainingResult | typeof GO_BACK> {
    if (isFirst) this.emit({ type: "status", status: "running", reason: "" });
    if (this.progress.step === 0) await this.writeSamples();
    if (this.watch?.plateau) return this.end("finished", this.watch.plateau);
    this.tickStart = performance.now();
    const { config } = this.job;
    while (this.progress.step < this.total) {
      const broken = await this.step();
      if (broken !== null) return this.answer(broken) ?? this.fail(broken);
      this.effects.onStep?.();
      const { step } = this.progress;
      const last = step === this.total;
      if (last || step % config.log.every === 0) this.writeScalars();
      if (last || step % config.samples.every === 0) await this.writeSamples();
      const scheduled = last || step % config.checkpoint.every === 0;
      const best = (last || step % config.metrics.every === 0) && (await this.evaluate(scheduled));
      await this.aside(async () => this.watch?.settle());
      const answer = this.answer(null);
      if (answer !== null) return answer;
      const plateau = this.watch?.plateau ?? null;
      const stop = last ? null : (this.effects.stopReason?.() ?? null);
      // The end has come before the planned one: samples of it, too.
      if (plateau !== null && !last && step % config.samples.every !== 0) await this.writeSamples();
      const isPlanned = scheduled || best || plateau !== null;
      if (isPlanned || stop !== null) await this.writeCheckpoint(isPlanned);
      if (plateau !== null) return this.end("finished", plateau);
      if (stop !== null) return this.end("interrupted", stop);
    }
    // What might have passed by itself has not.
    return this.answer(null, true) ?? this.end("finished", "");
  }

  /** Runs the phases of one step. Gives what is not finite in them, or null. */
  private async step(): Promise<string | null> {
    const { config, game } = this.job;
    for (const phase of planStep(config.updates, game.penalties, this.progress.step)) {
      const { draws: draw, images } = this.progress;
      const feeds = { ...this.batches.get(draw), draw, scalar: fedNumbers(config, images) };
      const values = await this.executor.run(phase, feeds);
      this.progress.draws++;
      // Counted with the move, so that all batches of one move are under the same schedules.
      if (phase.discriminator && phase.moves) {
        this.progress.images += imagesPerMove(config);
        this.tickImages += imagesPerMove(config);
      }
      this.tick.add(values);
      const broken = [...values].filter(([, value]) => !Number.isFinite(value));
      if (broken.length > 0) return await this.reportBroken(broken);
    }
    this.progress.step++;
    return null;
  }

  /** Applies a remedy where the training has failed, or gives it up. Null where it is to go on. */
  private answer(broken: string | null, atEnd = false): TrainingResult | typeof GO_BACK | null {
    const plan = decideOn(this.deciding, broken, atEnd);
    if (plan?.kind === "give-up") return this.end("failed", plan.reason);
    if (plan?.kind !== "go-back") return null;
    // Nothing else is done before this is on the disk: whoever finds it there goes back, see rollback/restore.ts.
    this.emit(plan.event);
    this.log.sync();
    return GO_BACK;
  }

  private get deciding(): Deciding {
    const { job, effects, progress, remedies: past, watch } = this;
    return { job, effects, progress, past, watch };
  }

  /** Writes down that values are not finite: as the watch has it, or as it is where nothing watches. */
  private async reportBroken(broken: readonly (readonly [string, number])[]): Promise<string> {
    const finding = brokenFinding(broken, this.progress);
    if (this.watch === undefined) this.emit(finding);
    else await this.watch.broken(Object.fromEntries(broken));
    return finding.message;
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
    const state = await this.executor.settle();
    for (const kind of game.ema ? (["ema", "raw"] as const) : (["raw"] as const)) {
      const raw = kind === "raw" && game.ema;
      const name = sampleFile({ step: this.progress.step, attempt: this.remedies.length, raw });
      const samples = await this.sampler.draw(state, kind, this.latents, this.asked);
      await writeSamples(join(run.samples, name), game, samples, dataset);
      this.emit({ type: "sample", path: `samples/${name}`, kind });
    }
  }

  /** Does something whose time is not the training's, so that its speed is. */
  private async aside<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.tickStart += performance.now() - start;
    return result;
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
    const judgement = await this.aside(async () => {
      const state = await this.executor.settle();
      return judge.judge(state).catch((error: unknown) => {
        if (error instanceof DataError) return error;
        throw error;
      });
    });
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

  /** @param isPlanned Whether it would also be written if nobody had asked the training to stop. */
  private async writeCheckpoint(isPlanned: boolean): Promise<void> {
    const state = await this.executor.settle();
    const { config, run, judging } = this.job;
    const { progress } = this;
    const name = checkpointName(progress.step);
    // What is the best, and where training goes back to, must not depend on where it was broken off.
    const best = judging?.best;
    if (isPlanned && best?.among === "scalars") this.offerBest(best, this.lastScalars);
    if (isPlanned && best?.among === "looks") this.offerBest(best, this.watch?.figures ?? {});
    const isHealthy = this.effects.isHealthy?.(progress.step) ?? this.watch?.isHealthy ?? false;
    if (isPlanned && isHealthy && config.health.remedy === "auto") {
      progress.healthy = keepHealthy(progress.healthy, name, coolDown(config));
    }
    // The event goes first: a kill between the two leaves an event that a resume from the older checkpoint takes back.
    this.emit({ type: "checkpoint", path: checkpointPath(name) });
    this.log.sync();
    this.metricLog.sync();
    saveCheckpoint(run.checkpoints, name, {
      step: progress.step,
      images: progress.images,
      cursor: progress.draws * config.batch,
      fingerprint: fingerprint(config),
      state: state.toArrays(),
      extra: {
        config: JSON.stringify(config),
        data: this.job.digest,
        // So that samples can be drawn where the data are not.
        sample: JSON.stringify(this.job.game.sample),
        tick: this.tick.save(),
        lastScalars: JSON.stringify(this.lastScalars),
        draws: String(progress.draws),
        best: JSON.stringify(progress.best),
        healthy: JSON.stringify(progress.healthy),
        attempt: String(this.remedies.length),
      },
    });
    this.lastCheckpoint = progress.step;
    pruneCheckpoints(run.checkpoints, {
      keepLast: config.checkpoint.keep,
      keep: [...progress.healthy, ...(progress.best === null ? [] : [progress.best.name])],
    });
  }

  private end(status: TrainingResult["status"], reason: string): TrainingResult {
    const { step, images } = this.progress;
    this.emit({ type: "status", status, reason });
    return { status, reason, step, images };
  }

  /** Ends a training that went wrong, and says what there is to go on from. */
  private fail(reason: string): TrainingResult {
    const kept =
      this.lastCheckpoint >= 0
        ? `the last good checkpoint is of step ${this.lastCheckpoint}`
        : "no checkpoint was written";
    return this.end("failed", `${reason}; ${kept}`);
  }

  /** Writes down why the training ends with an error, such as a full disk. */
  recordFailure(error: unknown): void {
    try {
      this.fail(error instanceof Error ? error.message : String(error));
    } catch {
      // The log cannot be written either; the error itself says why.
    }
  }

  async close(): Promise<void> {
    try {
      this.log.close();
      this.metricLog.close();
    } finally {
      await this.watch?.release();
      await this.sampler.release();
      await this.executor.release();
    }
  }
}
