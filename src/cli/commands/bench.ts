/** @file `gantry bench`. */

import type { Command } from "commander";
import { ConfigError, DataError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { collect, jsonFlag, wholeNumber } from "../flags.ts";
import type { Terminal } from "../terminal.ts";

interface BenchFlags {
  readonly recipe?: string;
  readonly protocol?: string;
  readonly trials?: number;
  readonly jobs?: number;
  readonly device?: string;
  readonly out?: string;
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
    .option("--device <name>", "where a step runs: cpu, webgpu, cuda, coreml or dml (default: cpu)")
    .option("--out <dir>", "folder of the runs, and of results.jsonl (default: bench-runs)")
    .option("--steps <n>", 'another length: results are then shown as "<name> (changed: steps=…)"', wholeNumber(1))
    .option("--set <key=value>", "a key of the config, likewise; may be repeated", collect)
    .option("--report", "train nothing: print the results there are as Markdown")
    .option("--results <file>", "the results for --report, in place of --out (default: <out>/results.jsonl)");
  jsonFlag(command)
    .addHelpText(
      "after",
      `
Without a benchmark: lists benchmarks, protocols and recipes.
A trial that is recorded is not run again, on whatever device it was, and an interrupted one goes on where it was.
With --report, a benchmark and --recipe say of which results.
Ends with 4 when all trials of a recipe failed.

Examples:
  gantry bench ring --recipe gan,recommended --trials 3
  gantry bench two-clusters
  gantry bench --report`,
    )
    .action((benchmark: string | undefined, flags: BenchFlags) => {
      checkFlags(benchmark, flags);
      if (flags.report) return report(benchmark, flags, context.terminal);
      return benchmark === undefined ? list(flags, context.terminal) : run(benchmark, flags, context.terminal);
    });
}

const DEFAULT_OUT = "bench-runs";

/** The flags of the uses that do not take all, why, and what to do about others. */
const USES = {
  list: { flags: ["json"], what: "without a benchmark it lists what there is", help: "name one: `gantry bench ring`" },
  report: {
    flags: ["json", "report", "results", "out", "recipe"],
    what: "--report trains nothing",
    help: "it takes --out or --results, --recipe and --json",
  },
} as const;

/** @throws ConfigError for a flag that would have no effect. */
export function checkFlags(benchmark: string | undefined, flags: BenchFlags): void {
  const given = Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (flags.results !== undefined && !flags.report) {
    throw new ConfigError("--results has no effect without --report", { help: "add --report, or leave it out" });
  }
  const use = flags.report ? USES.report : benchmark === undefined ? USES.list : undefined;
  const useless = given.find((name) => use !== undefined && !(use.flags as readonly string[]).includes(name));
  if (use !== undefined && useless !== undefined) {
    throw new ConfigError(`--${useless} has no effect here: ${use.what}`, { help: use.help });
  }
  if (flags.results !== undefined && flags.out !== undefined) {
    throw new ConfigError("--out has no effect beside --results", { help: "give one of them" });
  }
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
  const { findRecipe } = await import("../../benchmarks/recipes.ts");
  if (benchmark !== undefined) protocolsOf(benchmark);
  const named = namesIn(flags.recipe);
  for (const name of named ?? []) findRecipe(name);
  const file = flags.results ?? resultsFile(flags.out ?? DEFAULT_OUT);
  const wanted = readRecords(file).filter(
    (record) => (benchmark === undefined || record.benchmark === benchmark) && (named?.includes(record.recipe) ?? true),
  );
  const reports = reportsOn(wanted);
  if (reports.length === 0) {
    const of = [benchmark, named?.join(" or ")].flatMap((name) => (name === undefined ? [] : [` of ${name}`])).join("");
    throw new DataError(`${file} holds no results${of}`, {
      help: "`gantry bench ring` makes some; --results names another file",
    });
  }
  if (flags.json) terminal.json({ v: 1, reports });
  else terminal.result(reports.map(markdownOf).join("\n\n"));
}

/** The recipes that a flag names; undefined without the flag. @throws ConfigError when it names none. */
function namesIn(flag: string | undefined): readonly string[] | undefined {
  const names = flag?.split(",").filter((name) => name !== "");
  if (names?.length === 0) throw new ConfigError("no recipe is named", { help: "`gantry bench` lists the recipes" });
  return names;
}

/** See docs/decisions/0010-exit-codes.md. */
const TRAINING_FAILED = 4;

const USUAL = ["gan", "recommended"];

async function run(benchmark: string, flags: BenchFlags, terminal: Terminal): Promise<void> {
  const { recipesFor } = await import("../../benchmarks/benchmark-config.ts");
  const { describeChanges, headingOf, protocolName } = await import("../../benchmarks/changes.ts");
  const { findProtocol } = await import("../../benchmarks/protocols.ts");
  const { findRecipe } = await import("../../benchmarks/recipes.ts");
  const { runBenchmark } = await import("../../benchmarks/run-benchmark.ts");
  const { reportOn } = await import("../../benchmarks/summary.ts");
  const { progressLine, recordLine, reportLines } = await import("../bench-text.ts");
  const { abortingOnSignals, SIGNALS } = await import("../signals.ts");
  const protocol = findProtocol(benchmark, flags.protocol);
  const named = namesIn(flags.recipe);
  for (const each of named ?? []) findRecipe(each);
  const recipes = [...new Set(named ?? (protocol.runner === "training" ? USUAL : recipesFor(protocol, [])))];
  const { out = DEFAULT_OUT, trials, jobs, device, steps, set } = flags;
  const changes = { ...(steps !== undefined && { steps }), ...(set !== undefined && { set }) };
  const changed = describeChanges(changes);
  const name = headingOf({
    protocol: protocolName(protocol, changes),
    ...(changed !== undefined && { changes: changed }),
  });
  terminal.say(`${benchmark}, ${name}: ${recipes.join(", ")}; seeds 0 to ${(trials ?? protocol.trials) - 1}`);
  const { result, signal } = await abortingOnSignals(
    (signal) =>
      runBenchmark({
        ...{ protocol, recipes, trials, out, jobs, device, changes, signal },
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
    const lost = found.rows.filter(({ failed, trials }) => failed === trials).map(({ recipe }) => recipe);
    if (lost.length > 0) {
      terminal.say(`all trials failed of ${lost.join(", ")}`);
      process.exitCode = TRAINING_FAILED;
    }
  }
  if (interrupted) terminal.say("not all trials are done; the same command goes on with them");
  if (signal !== undefined) process.exitCode = SIGNALS[signal];
}
