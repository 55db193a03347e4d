/** @file Which metrics judge which samples, where none are named; and their options. */

import type { Choice } from "../../config/schema.ts";
import type { Metric } from "../../metrics/metric.ts";
import { metrics as registry } from "../../metrics/metrics.ts";
import { ConfigError } from "../../util/errors.ts";
import { createFrom } from "../../util/registry.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { OpenExtractor } from "./extractor.ts";

/** What is judged, as far as it decides how. */
export interface Judged {
  readonly kind: "images" | "points";
  readonly hasModes: boolean;
  readonly gives: OpenExtractor["gives"];
}

/** The metrics where none are named. */
export function usualMetrics({ kind, hasModes, gives }: Judged): readonly string[] {
  if (kind === "points") return hasModes ? ["modes"] : ["sliced-wasserstein", "kid", "prdc"];
  return gives.includes("channels") ? ["stacked-modes", "fid"] : ["fid", "kid", "prdc"];
}

/** Samples of a generator that are judged where no number is given: what papers take. */
export function usualCount({ kind, gives }: Pick<Judged, "kind" | "gives">): number {
  if (kind === "points") return 2500;
  return gives.includes("channels") ? 25_600 : 10_000;
}

/** The metric that `choice` names. @throws ConfigError when it does not exist, or its options do not. */
export const createMetric = (choice: Choice): Metric => createFrom("metric", registry, choice);

/** Options of a choice that are not what its row has by default. The number of samples has its own place in a name. */
export function unusualOptions({ name, ...options }: Choice): Readonly<Record<string, unknown>> {
  const usual: Readonly<Record<string, unknown>> = registry[name]?.options.parse({}) ?? {};
  return Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) => option !== "samples" && value !== undefined && value !== usual[option],
    ),
  );
}

/** A value as written on the command line: JSON where it is JSON, else text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `prdc.k=3` apart. */
function parseAssignment(assignment: string): {
  readonly name: string;
  readonly option: string;
  readonly value: unknown;
} {
  const [, name, option, text] = /^([^.=]+)\.([^.=]+)=(.*)$/s.exec(assignment) ?? [];
  if (name === undefined || option === undefined || text === undefined) {
    throw new ConfigError(`--set wants metric.option=value, got "${assignment}"`, { help: "e.g. --set prdc.k=3" });
  }
  return { name, option, value: parseValue(text) };
}

/** `choices` with the assignment laid over them. */
function setOption(choices: readonly Choice[], assignment: string): readonly Choice[] {
  const { name, option, value } = parseAssignment(assignment);
  if (!Object.hasOwn(registry, name)) createMetric({ name });
  const names = choices.map((choice) => choice.name);
  if (names.includes(name)) {
    return choices.map((choice) => (choice.name === name ? { ...choice, [option]: value } : choice));
  }
  throw new ConfigError(`--set ${assignment}: ${name} is not among the metrics.${didYouMean(name, names)}`, {
    help: `add it: --metrics ${[...names, name].join(",")}`,
  });
}

/**
 * The rows of the metric registry by name, with options of the form `prdc.k=3`, all of them checked.
 * @throws ConfigError on a name or an option that does not exist, suggesting the nearest, and on one that is named twice.
 */
export function chooseMetrics(named: readonly (string | Choice)[], set: readonly string[] = []): readonly Choice[] {
  const plain = named.map((choice): Choice => (typeof choice === "string" ? { name: choice } : choice));
  for (const choice of plain) createMetric(choice);
  const twice = plain.find(({ name }, i) => plain.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) throw new ConfigError(`the metric ${twice.name} is named twice`, { help: "name it once" });
  const choices = set.reduce(setOption, plain);
  for (const choice of choices) createMetric(choice);
  return choices;
}

/** Every row of the registry. */
export const ALL_METRICS: readonly string[] = Object.keys(registry);
