/**
 * @file Remedies in the zoo: a failing run again, from the same weights and data, with something done about the failure. Every arm may
 * make {@link EFFORT} times the steps that the run had, those that a remedy takes back included.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { type Config, totalSteps } from "../../config/config.ts";
import { FAILURE_CODES } from "../../health/codes.ts";
import { REMEDIES } from "../../health/remedies.ts";
import { ladderOf } from "../../health/supervisor/ladder.ts";
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
import type { ZooRecord } from "./record.ts";
import { gradientNorms, settleCase } from "./run-case.ts";
import type { Seen } from "./truth.ts";

/**
 * What is done about a failure: nothing, but to train on as it is; go back with other random numbers and nothing else; go back and try any
 * remedy; or what the diagnosis says.
 */
export const ARMS = ["nothing", "again", "random", "playbook"] as const;

/**
 * Steps that an arm may make in all, over those of the failing run. With 1, a failure that is seen at half-way leaves a remedy half of what the
 * program takes to become good, and it is told how late the failure was, not whether the remedy is right.
 */
export const EFFORT = 2;

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
  /** See {@link armFingerprint}. Older records have none, and are run again. */
  readonly of?: string;
  /** {@link OBSERVER_VERSION} of what saw it. */
  readonly observer: number;
  /** {@link EFFORT} that it was allowed. */
  readonly effort: number;
  readonly seen: Seen;
  /** Names of the remedies that were applied, and the failures that they were to answer. */
  readonly remedies: readonly { readonly name: string; readonly finding: string; readonly backTo: number }[];
  /** Steps made in all, and the step that the run ended at. */
  readonly made: number;
  readonly step: number;
  readonly reason: string;
}

/** Raised by hand when what a remedy does changes, or the rules by which one is asked for: records of arms that act stand no longer then. */
const ACTING_VERSION = 2;

/**
 * What must be equal for an arm's record to stand: the failing run; of arms that act what decides when and how; and of those that choose among
 * remedies what there is to choose, and in which order.
 *
 * @param config That of the case.
 */
export function armFingerprint({ fingerprint }: Pick<ZooRecord, "fingerprint">, config: Config, arm: Arm): string {
  const ladders = () => FAILURE_CODES.map((code) => [0, 1].map((tried) => ladderOf(code, config, tried)));
  const choice = arm === "playbook" ? ladders() : arm === "random" ? REMEDIES.map(({ name }) => name) : [];
  const acting = arm === "nothing" ? 0 : ACTING_VERSION;
  return createHash("sha256")
    .update(JSON.stringify([fingerprint, arm, choice, acting]))
    .digest("hex")
    .slice(0, 16);
}

/** Which remedies an arm tries, in order; the diagnosis's own where it leaves that open. Every case draws an order of its own. */
function playbookOf(arm: Arm, one: ZooCase, seed: number): { readonly playbook?: () => readonly string[] } {
  if (arm === "playbook" || arm === "nothing") return {};
  if (arm === "again") return { playbook: () => ["again"] };
  const names = REMEDIES.map(({ name }) => name).filter((name) => name !== "again");
  const order = Array.from(
    permutation(streamKey(seed, `zoo/random-remedy/${one.program.name}/${causeName(one)}`), 0, names.length),
    (i) => names[i]!,
  );
  return { playbook: () => order };
}

/** The case's config as the arm trains it. To do nothing is to train on, for as long as the others may. */
async function configOf(one: ZooCase, seed: number, arm: Arm, out: string): Promise<Config> {
  const settled = await settleCase(one, seed, { out, over: { threads: 1, health: { remedy: "auto" } } });
  if (arm !== "nothing") return settled;
  const over = { threads: 1, steps: EFFORT * totalSteps(settled), health: { remedy: "off", probes: "off" } };
  return settleCase(one, seed, { out, over });
}

/**
 * Trains one arm of a case, and has the oracle look at what came of it.
 *
 * @param of Its {@link armFingerprint}.
 * @returns null when the signal stopped it; it begins again the next time.
 * @throws GantryError when it cannot be run at all.
 */
export async function runArm(
  one: ZooCase,
  seed: number,
  arm: Arm,
  { out, of, signal }: { readonly out: string; readonly of: string; readonly signal?: AbortSignal },
): Promise<ArmRecord | null> {
  const { program } = one;
  const config = await configOf(one, seed, arm, out);
  // To do nothing ends before, with the steps that are planned then.
  const most = EFFORT * totalSteps(config);
  const prepared = await prepareTraining(config);
  const { dataset, split, game } = prepared;
  const heldOut = await findHeldOut(config, split);
  const run = createRun(join(out, program.name, causeName(one), `seed-${seed}-${arm}`), program.name);
  for (const dir of [run.samples, run.checkpoints]) makeDirectories(dir);
  const lock = lockRun(run);
  let made = 0;
  const stopReason = (): string | null => {
    if (signal?.aborted) return "abort";
    return made >= most ? `${EFFORT} times as many steps as the failing run had` : null;
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
      // With remedies, a training may also fail because none is left.
      const isBroken = arm === "nothing" || result.reason.includes("numerical-divergence");
      const brokeAt = result.status === "failed" && isBroken ? result.step : null;
      const gradients = gradientNorms(standing(events));
      return {
        v: 1,
        program: program.name,
        half: program.half,
        cause: causeName(one),
        seed,
        arm,
        of,
        observer: OBSERVER_VERSION,
        effort: EFFORT,
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
