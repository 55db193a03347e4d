/** @file `gantry runs show`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { bytes, facts, integer, kimg, short } from "../format.ts";

interface ShowFlags {
  readonly out: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command.argument("<run>", "a run's number, name or path").option("--out <dir>", "folder of the runs", "runs");
  jsonFlag(command).action((wanted: string, flags: ShowFlags) => run(wanted, flags, context));
}

async function run(wanted: string, flags: ShowFlags, { terminal }: CommandContext): Promise<void> {
  const { join } = await import("node:path");
  const { describeRun, openRun } = await import("../../run/store/run-dir.ts");
  const { listCheckpoints } = await import("../../run/store/checkpoint.ts");
  const { readRunConfig } = await import("../../run/store/load-run.ts");
  const { listSampleFiles } = await import("../../run/store/sample-files.ts");
  const { historyText } = await import("../describe-metrics.ts");
  const { metricHistories } = await import("../../run/store/metric-history.ts");
  const paths = openRun(wanted, flags.out);
  const row = describeRun(paths);
  const checkpoints = listCheckpoints(paths.checkpoints);
  const grids = listSampleFiles(paths.samples).map((name) => join(paths.samples, name));
  const metrics = metricHistories(paths.dir);
  if (flags.json) {
    terminal.json({ v: 1, ...row, metrics, checkpoints, samples: grids, config: readRunConfig(paths) });
    return;
  }
  const lines = facts([
    ["run", row.dir],
    ["status", `${row.status} at step ${integer(row.step)} (${kimg(row.images)})`],
    ["started", row.started ?? "never"],
    ["preset", row.preset ?? "none"],
    ["model", row.model ?? "unknown"],
    ["data", row.data ?? "unknown"],
    ...checkpoints.map(
      ({ name, bytes: size }, i) => [i === 0 ? "checkpoints" : "", `${name} (${bytes(size)})`] as const,
    ),
    ["samples", grids.at(-1)],
    ...metrics.map((history, i) => [i === 0 ? "metrics" : "", historyText(history)] as const),
    ...Object.entries(row.lastScalars ?? {}).map(
      ([name, value], i) => [i === 0 ? "last values" : "", `${name} ${short(value)}`] as const,
    ),
  ]);
  for (const line of lines) terminal.result(line);
}
