/** @file `gantry diagnose`. */

import type { Command } from "commander";
import type { FailureCode } from "../../health/codes.ts";
import type { ForeignLog } from "../../health/foreign/format.ts";
import type { PostMortem } from "../../health/post-mortem.ts";
import type { RunPaths } from "../../run/store/run-dir.ts";
import type { RunHistory } from "../../run/store/run-history.ts";
import type { Advised } from "../../run/training/rollback/advice.ts";
import { ConfigError, GantryError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { jsonFlag, runsFlag } from "../flags.ts";
import { integer } from "../format.ts";

interface DiagnoseFlags {
  readonly format?: string;
  readonly columns?: string;
  readonly runs: string;
  readonly json?: boolean;
}

/** What a path turned out to be. */
type Found =
  | {
      readonly kind: "run";
      readonly log: string;
      readonly read: RunHistory;
      readonly paths: RunPaths;
    }
  | { readonly kind: "log"; readonly log: string; readonly read: ForeignLog };

export function define(command: Command, context: CommandContext): void {
  command
    .argument(
      "<path>",
      "a run's number, name, directory or events.jsonl, or a log of another trainer: a file or a folder",
    )
    .option("--format <name>", "format of another trainer's log (default: it is recognised)")
    .option("--columns <map>", "what the columns or tags are, such as step=iter,loss/discriminator=d_loss,fid=FID");
  runsFlag(command);
  jsonFlag(command)
    .addHelpText(
      "after",
      [
        "",
        "Formats: stylegan, mimicry, biggan, studiogan, csv, tensorboard.",
        "",
        "Examples:",
        "  gantry diagnose runs/00003-dcgan-mnist",
        "  gantry diagnose training-runs/00000-stylegan3-t",
        "  gantry diagnose losses.csv --columns step=iter,loss/discriminator=d,loss/generator=g",
      ].join("\n"),
    )
    .action((path: string, flags: DiagnoseFlags) => run(path, flags, context));
}

async function run(path: string, flags: DiagnoseFlags, { terminal }: CommandContext): Promise<void> {
  const { diagnosisOf } = await import("../../health/diagnoses.ts");
  const { remedyNamed } = await import("../../health/remedies.ts");
  const { postMortem } = await import("../../health/post-mortem.ts");
  const { describeDiagnosis, verdict } = await import("../describe-diagnosis.ts");
  const { encodeNumbers } = await import("../../run/store/json-numbers.ts");
  const found = await open(path, flags);
  const { history, better, moments } = found.read;
  const examined = postMortem({ history, better, moments });
  const advise =
    found.kind === "run" && examined.findings.length > 0
      ? await advisor(found)
      : (code: FailureCode) => diagnosisOf(code).remedies.slice(0, 3);
  const advice: { [K in FailureCode]?: readonly string[] } = {};
  for (const { suspicion } of examined.findings) advice[suspicion.code] = advise(suspicion.code);
  const described = {
    postMortem: examined,
    unit: found.kind === "log" ? found.read.unit : ("steps" as const),
    log: found.log,
    catalogue: diagnosisOf,
    remedies: (code: FailureCode) => advice[code] ?? [],
    remedyTitle: (name: string) => remedyNamed(name)?.title ?? name,
    told: found.kind === "run" ? said(found.read) : [],
    notes: found.kind === "log" ? found.read.notes : [],
  };
  if (flags.json) terminal.result(encodeNumbers(result(found, { ...examined, advice }, verdict(described))));
  else for (const line of describeDiagnosis(described)) terminal.result(line);
}

/** What `--json` prints. */
function result(found: Found, examined: PostMortem & { readonly advice: object }, verdict: string): object {
  const common = { v: 1, log: found.log, verdict, ...examined };
  if (found.kind === "run") {
    const { findings, remedies, status, health } = found.read;
    return { kind: "run", ...common, recorded: { findings, remedies, status, health } };
  }
  const { format, unit, imagesKnown, files, notes } = found.read;
  return { kind: "log", format, unit, imagesKnown, files, ...common, notes };
}

/** What a run of ours said and did while it trained. */
function said({ findings, remedies, health, status }: RunHistory): string[] {
  return [
    ...findings.map(({ step, message }) => `step ${integer(step)}: ${message}`),
    ...remedies.map(
      ({ step, name, backTo }) => `step ${integer(step)}: ${name} was applied, from step ${integer(backTo)} on`,
    ),
    ...(health === null ? [] : [`the last state was ${health.state}: ${health.reason}`]),
    ...(status === null || status.reason === "" ? [] : [`the run ${status.status}: ${status.reason}`]),
  ];
}

/** Finds out what `path` is: a run of ours, unless a format is named, or the log of another trainer. */
async function open(path: string, flags: DiagnoseFlags): Promise<Found> {
  const { existsSync, statSync } = await import("node:fs");
  const { basename, join } = await import("node:path");
  const kind = statSync(path, { throwIfNoEntry: false });
  const exists = kind !== undefined;
  const isFolder = kind?.isDirectory() ?? false;
  if (exists && !isFolder && !kind.isFile()) {
    throw new ConfigError(`${path} is neither a file nor a folder`, {
      help: "a log is read more than once, which a pipe does not allow: write it to a file first",
    });
  }
  if (flags.format === undefined) {
    const { readFirst } = await import("../../run/store/event-log.ts");
    const events = isFolder ? join(path, "events.jsonl") : path;
    // Under another name it is known by its first line.
    const isRunLog = /^events.*\.jsonl$/.test(basename(events)) || readFirst(events) !== null;
    if (existsSync(events) && isRunLog) return openRunLog(events, path, flags);
    if (!exists && !/[./\\]/.test(path)) {
      const { openRun } = await import("../../run/store/run-dir.ts");
      const paths = openRun(path, flags.runs);
      return openRunLog(paths.events, paths.dir, flags);
    }
    const { listRuns } = await import("../../run/store/run-dir.ts");
    const runs = isFolder ? listRuns(path).filter(({ dir }) => existsSync(join(dir, "events.jsonl"))) : [];
    if (runs.length > 0) {
      throw new ConfigError(`${path} is a folder of ${runs.length === 1 ? "a run" : `${runs.length} runs`}`, {
        help: `name one, such as ${runs.at(-1)?.dir}`,
      });
    }
  }
  const { logFiles } = await import("../../run/store/log-files.ts");
  const { formatNamed, readForeign } = await import("../../health/foreign/formats.ts");
  const { parseColumns } = await import("../../health/foreign/columns.ts");
  if (flags.format !== undefined) formatNamed(flags.format);
  const columns = flags.columns === undefined ? undefined : parseColumns(flags.columns);
  const read = readForeign(logFiles(path), path, { format: flags.format, ...(columns !== undefined && { columns }) });
  return { kind: "log", log: `${path} (${read.format})`, read };
}

async function openRunLog(events: string, dir: string, { columns }: DiagnoseFlags): Promise<Found> {
  if (columns !== undefined) {
    throw new ConfigError(`${dir} is a run of Gantry, whose signals are known`, { help: "leave out --columns" });
  }
  const { readEvents } = await import("../../run/store/event-log.ts");
  const { runHistory } = await import("../../run/store/run-history.ts");
  const read = runHistory(readEvents(events));
  const { scalars, looks, metrics } = read.history;
  if (scalars.length + looks.length + metrics.length === 0) {
    throw new ConfigError(`${dir} has nothing to diagnose yet: its log holds no measurements`, {
      help: "train it further: `gantry resume`",
    });
  }
  const { dirname } = await import("node:path");
  const { runPaths } = await import("../../run/store/run-dir.ts");
  return { kind: "run", log: `${dir} (a run of Gantry)`, read, paths: runPaths(dirname(events)) };
}

/** What says which remedies to try in a run. */
async function advisor({ paths, read }: Extract<Found, { kind: "run" }>) {
  const { adviceOn } = await import("../../run/training/rollback/advice.ts");
  const advised = await advisedOf(paths);
  return (code: FailureCode) => adviceOn(code, advised, read);
}

/** What is known of a run: all by a checkpoint, its config by config.json, nothing by a log alone. */
async function advisedOf(paths: RunPaths): Promise<Advised> {
  const { loadRun, readRunConfig } = await import("../../run/store/load-run.ts");
  const { parseConfig } = await import("../../config/config.ts");
  const sources: readonly (() => Advised)[] = [
    () => {
      const { config, game } = loadRun(paths);
      return { config, sample: game.sample };
    },
    () => ({ config: parseConfig(readRunConfig(paths)), sample: null }),
  ];
  for (const source of sources) {
    try {
      return source();
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
    }
  }
  return { config: null, sample: null };
}
