/**
 * @file Remedies in the zoo: a failing run again, from the same weights and data, with something done about the failure. Every
 * arm makes as many steps in all as the run had, those that a remedy takes back included.
 */

import { join } from "node:path";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { totalSteps } from "../../config/config.ts";
import { REMEDIES } from "../../health/remedies.ts";
import type { Half } from "../../health/zoo/program.ts";
import { makeDirectories } from "../../run/store/atomic-file.ts";
import { readEvents } from "../../run/store/event-log.ts";
import { createRun, lockRun } from "../../run/store/run-dir.ts";
import { standing } from "../../run/store/standing.ts";
import { findHeldOut } from "../../run/training/prepare/held-out.ts";
import { prepareTraining } from "../../run/training/prepare/prepare.ts";
import { runTraining } from "../../run/training/trainer.ts";
import { permutation, streamKey } from "../../util/rng.ts";
import { causeName, programConfig, type ZooCase } from "./cases.ts";
import { OBSERVER_VERSION } from "./observation.ts";
import { Oracle } from "./oracle.ts";
import { gradientNorms, settleCase } from "./run-case.ts";
import type { Seen } from "./truth.ts";

/**
 * What is done about a failure: go back with other random numbers and nothing else; go back and try any remedy; or what the
 * diagnosis says. (To do nothing is the failing run itself.)
 */
export const ARMS = ["again", "random", "playbook"] as const;

/** One of {@link ARMS}. */
export type Arm = (typeof ARMS)[number];

/** What came of an arm. */
export interface ArmRecord {
  readonly v: 1;
  readonly program: string;
  readonly half: Half;
  readonly cause: string;
  readonly seed: number;
  readonly arm: Arm;
  /** {@link OBSERVER_VERSION} of what saw it. */
  readonly observer: number;
  readonly seen: Seen;
  /** Names of the remedies that were applied, and the failures that they were to answer. */
  readonly remedies: readonly { readonly name: string; readonly finding: string; readonly backTo: number }[];
  /** Steps made in all, and the step that the run ended at. */
  readonly made: number;
  readonly step: number;
  readonly reason: string;
}

/** Which remedies an arm tries, in order; the diagnosis's own where it leaves that open. Every case draws an order of its own. */
function playbookOf(arm: Arm, one: ZooCase, seed: number): { readonly playbook?: () => readonly string[] } {
  if (arm === "playbook") return {};
  if (arm === "again") return { playbook: () => ["again"] };
  const names = REMEDIES.map(({ name }) => name).filter((name) => name !== "again");
  const order = Array.from(
    permutation(streamKey(seed, `zoo/random-remedy/${one.program.name}/${causeName(one)}`), 0, names.length),
    (i) => names[i]!,
  );
  return { playbook: () => order };
}

/**
 * Trains one arm of a case, and has the oracle look at what came of it.
 *
 * @returns null when the signal stopped it; it begins again the next time.
 * @throws GantryError when it cannot be run at all.
 */
export async function runArm(
  one: ZooCase,
  seed: number,
  arm: Arm,
  { out, signal }: { readonly out: string; readonly signal?: AbortSignal },
): Promise<ArmRecord | null> {
  const { program } = one;
  const config = await settleCase(one, seed, { out, over: { threads: 1, health: { remedy: "auto" } } });
  const prepared = await prepareTraining(config);
  const { dataset, split, game } = prepared;
  const heldOut = await findHeldOut(config, split);
  const run = createRun(join(out, program.name, causeName(one), `seed-${seed}-${arm}`), program.name);
  for (const dir of [run.samples, run.checkpoints]) makeDirectories(dir);
  const lock = lockRun(run);
  let made = 0;
  const stopReason = (): string | null => {
    if (signal?.aborted) return "abort";
    return made >= totalSteps(config) ? "as many steps as the failing run had" : null;
  };
  try {
    const result = await runTraining(
      { config, dataset: split.train, all: dataset, heldOut, game, run, resume: false },
      { backend: await nodeBackend({ threads: 1 }), onStep: () => made++, stopReason, ...playbookOf(arm, one, seed) },
    );
    if (signal?.aborted) return null;
    const oracle = await Oracle.open(programConfig(program, seed));
    try {
      const events = [...readEvents(run.events)];
      const observations = await oracle.observe(run.dir, split.train);
      const reals = await oracle.judgeReals(split.train);
      const brokeAt = result.status === "failed" && result.reason.includes("numerical-divergence") ? result.step : null;
      const gradients = gradientNorms(standing(events));
      return {
        v: 1,
        program: program.name,
        half: program.half,
        cause: causeName(one),
        seed,
        arm,
        observer: OBSERVER_VERSION,
        seen: { observations, gradients, reals, brokeAt },
        remedies: events.flatMap((event) =>
          event.type === "remedy" ? [{ name: event.name, finding: event.finding, backTo: event.backTo }] : [],
        ),
        made,
        step: result.step,
        reason: result.reason,
      };
    } finally {
      await oracle.release();
    }
  } finally {
    lock.release();
  }
}
