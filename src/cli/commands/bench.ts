/** @file `gantry bench`. */

import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { collect, jsonFlag, wholeNumber } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

interface BenchFlags {
  readonly recipe?: string;
  readonly protocol?: string;
  readonly trials?: number;
  readonly jobs?: number;
  readonly out: string;
  readonly steps?: number;
  readonly set?: readonly string[];
  readonly report?: boolean;
  readonly results?: string;
  readonly json?: boolean;
}

export function define(command: Command, context: CommandContext): void {
  command
    .argument("[benchmark]", "ring, grid, spiral, two-clusters, five-gaussians, stacked-mnist, mnist or fashion-mnist")
    .option("--recipe <names>", "recipes, such as gan,recommended (default: these; of two-clusters all)")
    .option("--protocol <name>", "one of the benchmark's protocols (default: its first)")
    .option("--trials <n>", "trainings of each recipe, with seeds from 0 on (default: the protocol's)", wholeNumber(1))
    .option(
      "--jobs <n>",
      "trainings side by side (default: as many as cores for points, else 1 on all cores)",
      wholeNumber(1),
    )
    .option("--out <dir>", "folder of the runs, and of results.jsonl", "bench-runs")
    .option("--steps <n>", 'another length: results are then of the protocol "<name> (changed)"', wholeNumber(1))
    .option("--set <key=value>", "any key of the config, with the same effect; may be repeated", collect)
    .option("--report", "train nothing: print the results there are as Markdown")
    .option("--results <file>", "the results for --report (default: <out>/results.jsonl)");
  jsonFlag(command)
    .addHelpText(
      "after",
      `
Without a benchmark: lists benchmarks, protocols and recipes.
A trial that is recorded is not run again, and an interrupted one goes on where it was.

Examples:
  gantry bench ring --recipe gan,recommended --trials 3
  gantry bench two-clusters
  gantry bench --report`,
    )
    .action((benchmark: string | undefined, flags: BenchFlags) => {
      if (flags.report) return report(benchmark, flags, context.terminal);
      return benchmark === undefined ? list(flags, context.terminal) : run(benchmark, flags, context.terminal);
    });
}

async function list({ json }: BenchFlags, terminal: Terminal): Promise<void> {
  const { listing, listingLines } = await import("../bench-text.ts");
  if (json) terminal.json(listing());
  else for (const line of listingLines()) terminal.result(line);
}

async function report(benchmark: string | undefined, flags: BenchFlags, terminal: Terminal): Promise<void> {
  const { resultsFile } = await import("../../benchmarks/run-benchmark.ts");
  const { readRecords } = await import("../../benchmarks/trial-record.ts");
  const { markdownOf, reportsOn } = await import("../../benchmarks/report.ts");
  const { protocolsOf } = await import("../../benchmarks/protocols.ts");
  const { DataError } = await import("../../util/errors.ts");
  if (benchmark !== undefined) protocolsOf(benchmark);
  const file = flags.results ?? resultsFile(flags.out);
  const reports = reportsOn(readRecords(file)).filter(
    (found) => benchmark === undefined || found.benchmark === benchmark,
  );
  if (reports.length === 0) {
    throw new DataError(`${file} holds no results${benchmark === undefined ? "" : ` of ${benchmark}`}`, {
      help: "`gantry bench ring` makes some; --results names another file",
    });
  }
  if (flags.json) terminal.json({ v: 1, reports });
  else terminal.result(reports.map(markdownOf).join("\n\n"));
}

const USUAL = ["gan", "recommended"];

async function run(benchmark: string, flags: BenchFlags, terminal: Terminal): Promise<void> {
  const { protocolName, recipesFor } = await import("../../benchmarks/benchmark-config.ts");
  const { findProtocol } = await import("../../benchmarks/protocols.ts");
  const { runBenchmark } = await import("../../benchmarks/run-benchmark.ts");
  const { reportOn } = await import("../../benchmarks/summary.ts");
  const { progressLine, recordLine, reportLines } = await import("../bench-text.ts");
  const { abortingOnSignals, SIGNALS } = await import("../signals.ts");
  const protocol = findProtocol(benchmark, flags.protocol);
  const named = flags.recipe?.split(",").filter((name) => name !== "");
  const recipes = [...new Set(named ?? (protocol.runner === "training" ? USUAL : recipesFor(protocol, [])))];
  const { out, trials, jobs, steps, set } = flags;
  const changes = { ...(steps !== undefined && { steps }), ...(set !== undefined && { set }) };
  const name = protocolName(protocol, changes);
  terminal.say(`${benchmark}, ${name}: ${recipes.join(", ")}; seeds 0 to ${(trials ?? protocol.trials) - 1}`);
  const { result, signal } = await abortingOnSignals(
    (signal) =>
      runBenchmark({
        ...{ protocol, recipes, trials, out, jobs, changes, signal },
        onRecord: (record, reused) => terminal.say(recordLine(record, reused)),
        onProgress: (running) => terminal.status(progressLine(running).slice(0, terminal.columns - 1)),
      }),
    () => terminal.say("stopping after this step, writing checkpoints; once more to stop now"),
  );
  terminal.status("");
  const { records, interrupted, results } = result;
  if (records.length > 0) {
    const found = reportOn(protocol, name, records);
    if (flags.json) terminal.json({ v: 1, report: found, records, results, interrupted });
    else for (const line of reportLines(found)) terminal.result(line);
  }
  if (interrupted) terminal.say("not all trials are done; the same command goes on with them");
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
