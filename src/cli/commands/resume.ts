/** @file `gantry resume`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag, lengthFlags, setFlag } from "../flags.ts";
import type { ConfigFlags } from "../resolve-config.ts";

interface ResumeFlags extends ConfigFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What to do for more steps than the `has` that a finished run has done. */
function furtherText(has: number, wanted: number, ended: boolean): string {
  if (wanted < has) return `${wanted} are fewer than it has: give more to go further`;
  if (ended) return "its schedules have come to their end, so it cannot go further";
  return "give more --steps or --kimg to go further";
}

export function define(command: Command, context: CommandContext): void {
  command.argument("<run>", "a run's number, name or path").option("--out <dir>", "folder of the runs", "runs");
  jsonFlag(setFlag(lengthFlags(command)), "print events as JSON, a line each, and the result as the last line")
    .option("-q, --quiet", "print warnings and errors only")
    .addHelpText(
      "after",
      `
A resumed run gives the same weights, to the bit, as one that was never stopped. What would change the training is
refused; threads, device, logging, samples, metrics, health and checkpoints may change, and the length where nothing is scheduled over it.

Examples:
  gantry resume 3
  gantry resume runs/00003-dcgan-mnist --kimg 400`,
    )
    .action((wanted: string, flags: ResumeFlags) => run(wanted, flags, context));
}

/** Bytes at the end of a log in which its last status stands. */
const LAST_WORDS = 1 << 16;

async function run(wanted: string, flags: ResumeFlags, { terminal }: CommandContext): Promise<void> {
  const { openRun } = await import("../../run/store/run-dir.ts");
  const { readRunConfig } = await import("../../run/store/load-run.ts");
  const { parseConfig, totalSteps } = await import("../../config/config.ts");
  const { countsTowardsTheEnd, fingerprint } = await import("../../run/config/fingerprint.ts");
  const { isCarriedOut } = await import("../../run/training/rollback/restore.ts");
  const { loadLatest } = await import("../../run/store/checkpoint.ts");
  const { readTail } = await import("../../run/store/event-log.ts");
  const { applyFlags } = await import("../resolve-config.ts");
  const { followTraining, trainingFailed } = await import("../follow-training.ts");
  const paths = openRun(wanted, flags.out);
  const saved = readRunConfig(paths);
  const config = parseConfig(applyFlags(saved, flags));
  // The last good one: where the newest is damaged there is something to do again.
  const { checkpoint } = loadLatest(paths.checkpoints);
  const step = checkpoint?.step ?? 0;
  // Another config is for the trainer to refuse, which lists the differences.
  const isSame = fingerprint(parseConfig(saved)) === fingerprint(config);
  if (step >= totalSteps(config) && isSame && isCarriedOut(paths, checkpoint)) {
    const further = furtherText(step, totalSteps(config), countsTowardsTheEnd(config));
    // A failure that no remedy was left for at the last step is one still.
    const said = readTail(paths.events, LAST_WORDS).events.findLast((event) => event.type === "status");
    const isFailed = said?.status === "failed";
    const [status, reason] = isFailed ? ["failed", said.reason] : ["finished", ""];
    terminal.say(`${paths.dir} is ${isFailed ? "over" : "finished"}: it has its ${step} steps; ${further}`);
    if (flags.json) terminal.json({ type: "result", v: 1, run: paths.dir, status, reason, step });
    else terminal.result(paths.dir);
    if (isFailed) throw trainingFailed(reason, paths.dir);
    return;
  }
  const { startTraining } = await import("../../run/training/train.ts");
  await followTraining((onPreparing) => startTraining(config, { resume: paths.dir }, undefined, onPreparing), {
    terminal,
    title: `resuming ${paths.name}`,
    json: flags.json === true,
    quiet: flags.quiet === true,
  });
}
