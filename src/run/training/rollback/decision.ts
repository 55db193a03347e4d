/** @file What a training does about the failure of the moment: the question to {@link planRollback}, from what the trainer has at hand. */

import { lookEvery } from "../../../config/config.ts";
import type { TrainingEffects, TrainingJob } from "../job.ts";
import { fits } from "../prepare/under-config.ts";
import { keptOf } from "./kept.ts";
import { type Progress, readable } from "./restore.ts";
import { type Failure, type Plan, planRollback, type Situation } from "./rollback.ts";

/** A training, as far as it matters here. */
export interface Deciding {
  readonly job: Pick<TrainingJob, "config" | "dataset" | "run">;
  readonly effects: Pick<TrainingEffects, "decide" | "playbook">;
  readonly progress: Readonly<Progress>;
  readonly past: Situation["past"];
  /** What watches over it, if anything does. */
  readonly watch: { readonly failure: Failure | null } | undefined;
}

/**
 * What to do now; null where there is no failure, or it is left to the user, or nothing is known that was not known before: between two looks
 * that is so, unless numbers are not finite. Looks are counted from step 0, so that a resumed run decides at the same steps.
 *
 * @param broken What was not finite in the step after `progress.step`; null where all was.
 * @param atEnd Whether no step is left in which a failure could pass by itself.
 */
export function decideOn(
  { job, effects, progress, past, watch }: Deciding,
  broken: string | null,
  atEnd = false,
): Plan | null {
  const { config, dataset, run } = job;
  const { step, healthy } = progress;
  if (config.health.remedy !== "auto") return null;
  if (broken === null && !atEnd && step % lookEvery(config) !== 0) return null;
  const failure = effects.decide ? effects.decide({ step, broken }) : (watch?.failure ?? null);
  if (failure === null) return null;
  return planRollback({
    failure: { ...failure, ladder: effects.playbook?.(failure) ?? failure.ladder },
    config,
    data: { sample: dataset, dataCount: dataset.count },
    step,
    atEnd,
    past,
    healthy: () => readable(run, healthy),
    kept: () => keptOf(run, progress),
    fits: (other) => fits(other, dataset),
  });
}
