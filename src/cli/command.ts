/** @file The table of all commands. Nothing of a command is loaded before it is asked for. */

import type { CommandModule } from "./context.ts";

/** One row of the table. */
export interface CommandEntry {
  /** As it is written: `["runs", "ls"]`. */
  readonly path: readonly [string] | readonly [group: string, name: string];
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The groups of commands, with what their help says. */
export const groups: Readonly<Record<string, string>> = {
  data: "look at data before training",
  runs: "list and describe runs",
  zoo: "trainings that fail, and how, to test what sees failures",
};

/** All commands, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  { path: ["train"], summary: "train a GAN", load: () => import("./commands/train.ts") },
  {
    path: ["preflight"],
    summary: "check data, networks and config before training",
    load: () => import("./commands/preflight.ts"),
  },
  {
    path: ["resume"],
    summary: "go on with a run from its last checkpoint",
    load: () => import("./commands/resume.ts"),
  },
  { path: ["sample"], summary: "draw samples from a run", load: () => import("./commands/sample.ts") },
  { path: ["export"], summary: "write a run's generator as a model file", load: () => import("./commands/export.ts") },
  {
    path: ["evaluate"],
    summary: "judge a run, a checkpoint or samples by reals",
    load: () => import("./commands/evaluate.ts"),
  },
  {
    path: ["statistics"],
    summary: "write mean and covariance of the features of reals, to judge by",
    load: () => import("./commands/statistics.ts"),
  },
  {
    path: ["data", "inspect"],
    summary: "count, size, classes, value range, duplicates and unreadable files of a source",
    load: () => import("./commands/data-inspect.ts"),
  },
  { path: ["runs", "ls"], summary: "list the runs", load: () => import("./commands/runs-ls.ts") },
  { path: ["runs", "show"], summary: "describe one run", load: () => import("./commands/runs-show.ts") },
  {
    path: ["diagnose"],
    summary: "say what went wrong in a run, or in the log of another trainer",
    load: () => import("./commands/diagnose.ts"),
  },
  {
    path: ["bench"],
    summary: "train and judge by a benchmark's protocol, beside what was published",
    load: () => import("./commands/bench.ts"),
  },
  {
    path: ["explain"],
    summary: "what a failure is, how it is told from others, and what to try",
    load: () => import("./commands/explain.ts"),
  },
  {
    path: ["zoo", "list"],
    summary: "list programs and what spoils them",
    load: () => import("./commands/zoo-list.ts"),
  },
  {
    path: ["zoo", "run"],
    summary: "train them, and let an oracle say what became of them",
    load: () => import("./commands/zoo-run.ts"),
  },
  {
    path: ["zoo", "detect"],
    summary: "say how well failures are seen in them, against the oracle",
    load: () => import("./commands/zoo-detect.ts"),
  },
  {
    path: ["zoo", "remedy"],
    summary: "say how often remedies help in them, beside going back alone and chance",
    load: () => import("./commands/zoo-remedy.ts"),
  },
  {
    path: ["doctor"],
    summary: "check this machine and say what is missing",
    load: () => import("./commands/doctor.ts"),
  },
];
