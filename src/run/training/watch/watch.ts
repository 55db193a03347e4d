/**
 * @file Watching over a training: looks are taken, what they show goes to the supervisor, and what it asks for is done.
 *
 * The training does not notice: looks and counterfactuals have random numbers of their own and only read the state.
 * Whatever decides is in the log, so that a training that goes on from a checkpoint replays what was kept and stands
 * where it stood.
 */

import type { Backend } from "../../../backend/backend.ts";
import { imagesPerStep, lookEvery, totalSteps } from "../../../config/config.ts";
import type { PlayerName } from "../../../gan/penalty.ts";
import type { FailureCode } from "../../../health/codes.ts";
import { BROKEN_STEP } from "../../../health/diagnoses/numerical-divergence.ts";
import { distanceOfDrawn } from "../../../health/evidence/quality.ts";
import { finiteSeries } from "../../../health/evidence/trends.ts";
import type { Facts, History, Null } from "../../../health/history.ts";
import type { Look } from "../../../health/look.ts";
import type { Baseline } from "../../../health/measure/baseline.ts";
import { measureBaseline } from "../../../health/measure/measure-baseline.ts";
import type { ProbeLevel } from "../../../health/measure/probe.ts";
import { deviation } from "../../../health/measure/probes/scale.ts";
import { measureLook } from "../../../health/measure/probes.ts";
import { ladderOf } from "../../../health/supervisor/ladder.ts";
import { findPlateau } from "../../../health/supervisor/plateau.ts";
import type { Finding, Occurrence, Response } from "../../../health/supervisor/protocol.ts";
import { openSupervision, type Supervision, supervise } from "../../../health/supervisor/supervisor.ts";
import { median } from "../../../util/averages.ts";
import { invariant } from "../../../util/errors.ts";
import type { BaselineEvent, EventBody, ProbeEvent, RunEvent } from "../../store/events.ts";
import { encodeNumbers } from "../../store/json-numbers.ts";
import { occurrencesOf } from "../../store/occurrences.ts";
import type { StateStore } from "../../store/state-store.ts";
import { fits } from "../prepare/under-config.ts";
import type { Progress } from "../rollback/restore.ts";
import { type Failure, remediesLeft, type Situation } from "../rollback/rollback.ts";
import { tryCounterfactual } from "./counterfactuals.ts";
import { Looker, type LookerJob } from "./looker.ts";

/** What is watched. */
export interface WatchCase extends LookerJob {
  readonly level: ProbeLevel;
  readonly backend: Backend;
  /** The training as it is at any time; only read. */
  readonly state: () => Promise<StateStore>;
  readonly progress: Readonly<Progress>;
  /** The remedies that it has had. */
  readonly past: Situation["past"];
  /** Figures of the metrics that judge it, and which of their values are good. */
  readonly figures: NonNullable<Facts["figures"]>;
}

/** What is known of a training before its first step. */
function factsOf({ config, game, train, figures }: WatchCase, looker: Looker, baseline: Baseline | undefined): Facts {
  const steps = totalSteps(config);
  return {
    kind: train.kind,
    steps,
    images: steps * imagesPerStep(config),
    batch: config.batch,
    dataCount: train.count,
    heldOut: looker.heldOutCount,
    lookSamples: looker.samples,
    realScale: train.kind === "points" && baseline !== undefined ? (deviation(baseline.train) ?? null) : null,
    objective: config.objective.name,
    shiftFree: game.objective.shiftFree ?? false,
    average: game.ema,
    moves: { generator: config.updates.generatorSteps, discriminator: config.updates.discriminatorSteps },
    ...(Object.keys(figures).length > 0 && { figures }),
  };
}

/** What remedies may look at of a training that fails since `onset`: the median size of each player's gradient until then, and the reals' size. */
function seenUntil({ scalars, facts }: History, onset: number): NonNullable<Failure["seen"]> {
  const before = scalars.filter(({ step }) => step < onset);
  const usual = (player: PlayerName) => median(finiteSeries(before, `gradient/${player}`).map(({ value }) => value));
  const gradients = { generator: usual("generator"), discriminator: usual("discriminator") };
  const isKnown = !Number.isNaN(gradients.generator + gradients.discriminator);
  return { ...(isKnown && { gradients }), ...(facts.realScale !== null && { realScale: facts.realScale }) };
}

/** Watches over one training. */
export class Watch {
  private readonly given: WatchCase;
  private readonly emit: (event: EventBody) => RunEvent;
  private readonly looker: Looker;
  private readonly every: number;
  private baseline: Baseline | undefined;
  private supervision: Supervision = openSupervision();
  /** What was recorded since the last time that the supervisor was asked. */
  private unheard: Occurrence[] = [];
  private ending: string | null = null;
  /** The failure that a remedy is asked for, as long as it goes on. */
  private failing: Finding | null = null;

  /** @param emit Records an event. */
  constructor(given: WatchCase, emit: (event: EventBody) => RunEvent) {
    this.given = given;
    this.emit = emit;
    this.looker = new Looker(given, given.backend);
    this.every = lookEvery(given.config);
  }

  /** Why the training ends now, as nothing improves any more and the config says to stop then; else null. */
  get plateau(): string | null {
    return this.ending;
  }

  /** The failure that a remedy is wanted for, as long as it goes on; else null. */
  get failure(): Failure | null {
    if (this.failing === null) return null;
    const { code, message, onset, evidence } = this.failing;
    const seen = seenUntil(this.supervision.history, onset.step);
    const counted = evidence.every(({ signal }) => signal !== BROKEN_STEP);
    const canWait = code !== "numerical-divergence";
    const isLasting = this.supervision.state === "failed";
    return { code, message, onset: onset.step, counted, ladder: this.ladder(code), canWait, isLasting, seen };
  }

  private ladder(code: FailureCode): readonly string[] {
    return ladderOf(code, this.given.config, this.given.past.length);
  }

  /** Whether the last look found nothing wrong, and it was not too early to say so. */
  get isHealthy(): boolean {
    const { state } = this.supervision;
    return state === "healthy" || state === "recovered";
  }

  /** What the last looks say of how good samples are: `energy`, see {@link distanceOfDrawn}; nothing before there are three. */
  get figures(): Readonly<Record<string, number>> {
    const energy = distanceOfDrawn(this.supervision.history);
    return energy === undefined ? {} : { energy };
  }

  /**
   * Learns from the reals what is normal, once in a log.
   *
   * @param kept The events of a run that goes on; none for a new one.
   */
  async begin(kept: readonly RunEvent[]): Promise<void> {
    await this.replay(kept);
    const { config, train, heldOut } = this.given;
    const { samples, logits } = this.looker;
    let nulls: Readonly<Record<string, Null>> = {};
    // A training that ends before the first look has nothing to compare.
    if (totalSteps(config) >= this.every) {
      const { mirror } = config.data;
      const size = { samples, logits: logits.fake, heldOut: logits.heldOut, mirror, seed: config.seed };
      this.baseline = measureBaseline(train, size, heldOut);
      nulls = this.baseline.nulls;
    }
    const facts = factsOf(this.given, this.looker, this.baseline);
    const known = kept.findLast((event): event is BaselineEvent => event.type === "baseline");
    if (known && encodeNumbers([known.facts, known.nulls]) === encodeNumbers([facts, nulls])) return;
    await this.hear(this.emit({ type: "baseline", facts, nulls }));
  }

  /** Takes in the log of a run that goes on. What was asked for then was done then, and is in the log. */
  private async replay(kept: readonly RunEvent[]): Promise<void> {
    let state: Response | undefined;
    let plateau: { readonly reason: string; readonly step: number } | undefined;
    for (const event of kept) {
      // What the supervisor said itself is no news to it. Values that were not finite ended the session that met them, and will be met again.
      const occurrence = event.type === "finding" ? null : occurrencesOf(event);
      if (occurrence === null) continue;
      if (occurrence.kind === "remedy") this.failing = null;
      const { supervision, responses } = supervise(this.supervision, occurrence);
      this.supervision = supervision;
      for (const response of responses) {
        this.remember(response);
        if (response.kind === "health") state = response;
        if (response.kind === "plateau") plateau = { reason: response.reason, step: event.step };
      }
    }
    // It may have been killed after its last checkpoint and before its last event; or it was not asked to stop then, and is now.
    const lasts = this.isHealthy && findPlateau(this.supervision.history) !== null;
    if (plateau && (lasts || plateau.step === this.given.progress.step)) this.end(plateau.reason);
    // After a remedy the log does not say yet how the training stands.
    const said = kept.findLast((event) => event.type === "health" || event.type === "remedy");
    if (said?.type === "remedy" && state !== undefined) await this.answer(state);
  }

  /** Keeps in mind whether a remedy is wanted. */
  private remember(response: Response): void {
    if (response.kind === "act") this.failing = response.finding;
    // What has passed needs no remedy.
    if (response.kind === "health" && response.state !== "failing" && response.state !== "failed") this.failing = null;
  }

  /** Hears of every event. Those that decide something are thought over when the step is over. */
  note(event: RunEvent): void {
    if (event.type !== "scalars" && event.type !== "metric") return;
    const occurrence = occurrencesOf(event);
    if (occurrence !== null) this.unheard.push(occurrence);
  }

  /** Thinks over what the step has shown, and takes a look where one is due. */
  async settle(): Promise<void> {
    const unheard = this.unheard;
    this.unheard = [];
    for (const occurrence of unheard) await this.take(occurrence);
    const { state, progress } = this.given;
    if (progress.step % this.every !== 0) return;
    const arrays = (await state()).read();
    await this.record("look", await this.looker.take(arrays, progress.step));
  }

  /** Values of a step were not finite. */
  async broken(values: Readonly<Record<string, number>>): Promise<void> {
    const { step, images } = this.given.progress;
    await this.take({ kind: "broken", reading: { step, images, values } });
  }

  private async record(of: ProbeEvent["of"], look: Look): Promise<void> {
    invariant(this.baseline !== undefined, "a look is taken before there is a baseline");
    const found = measureLook(this.given.level, look, this.baseline);
    await this.hear(this.emit({ type: "probe", of, ...found }));
  }

  private async hear(event: RunEvent): Promise<void> {
    const occurrence = occurrencesOf(event);
    if (occurrence !== null) await this.take(occurrence);
  }

  private async take(occurrence: Occurrence): Promise<void> {
    const { supervision, responses } = supervise(this.supervision, occurrence);
    this.supervision = supervision;
    for (const response of responses) await this.answer(response);
  }

  private async answer(response: Response): Promise<void> {
    this.remember(response);
    switch (response.kind) {
      case "finding":
        this.say(response.finding);
        break;
      case "health":
        this.emit({ type: "health", state: response.state, code: response.code, reason: response.reason });
        break;
      case "try":
        await this.record(
          response.trial,
          await tryCounterfactual(response.trial, { ...this.given, looker: this.looker }),
        );
        break;
      case "act":
        // The trainer asks for it, see `failure`.
        break;
      case "plateau":
        this.end(response.reason);
        if (this.ending === null) {
          this.emit({
            type: "note",
            level: "info",
            message: `${response.reason}; --stop-when-healthy-plateau would end here`,
          });
        }
    }
  }

  private say({ code, level, confidence, onset, message, evidence }: Finding): void {
    this.emit({
      type: "finding",
      code,
      severity: level === "failing" ? "error" : "warning",
      confidence,
      onset,
      message,
      evidence,
      next: this.nextAgainst(code, onset.step),
    });
  }

  /** Name of the remedy to try next, which is the one that `auto` would; null where there is none, or none is wanted. */
  private nextAgainst(code: FailureCode, onset: number): string | null {
    const { config, train, past } = this.given;
    const { remedy, budget } = config.health;
    if (remedy === "off" || (remedy === "auto" && past.length >= budget)) return null;
    const failure = { code, ladder: this.ladder(code), seen: seenUntil(this.supervision.history, onset) };
    const data = { sample: train, dataCount: train.count };
    const [next] = remediesLeft(failure, { config, data, past, fits: (other) => fits(other, train) });
    return next?.remedy.name ?? null;
  }

  private end(reason: string): void {
    if (this.given.config.health.stopAtPlateau) this.ending = reason;
  }

  async release(): Promise<void> {
    await this.looker.release();
  }
}
