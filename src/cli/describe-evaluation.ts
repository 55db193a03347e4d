/** @file An evaluation as people read it: what was judged by what, and a table of figures. */

import { betterText } from "../metrics/metric.ts";
import { type Evaluation, figureName } from "../run/evaluation/evaluation.ts";
import type { Evaluations } from "../run/evaluation/evaluations.ts";
import { duration, facts, integer, significant, table } from "./format.ts";

function judged({ subject, samples }: Evaluations): string {
  if (subject.kind === "samples") return `${subject.name}: ${integer(samples)} samples`;
  const weights = subject.weights === "ema" ? "moving average" : "raw weights";
  return `${subject.run}, step ${integer(subject.step)}, ${weights}: ${integer(samples)} samples, seeds 0-${samples - 1}`;
}

/** How many reals were judged by how many for the column `reals`. */
function realCounts(metrics: readonly Evaluation[]): string | undefined {
  const counts = metrics.flatMap(({ real }) =>
    real === undefined ? [] : [`${integer(real.samples)} against ${integer(real.reference)}`],
  );
  return counts.length === 0 ? undefined : `${[...new Set(counts)].join("; ")} others: what reals themselves score`;
}

function judges({ reference, metrics }: Evaluations): string {
  const all = reference.count === undefined ? "an unknown number of" : integer(reference.count);
  if (reference.statistics) return `${reference.name}: statistics of ${all} reals`;
  return `${reference.name}: ${integer(metrics[0]?.reference.count ?? 0)} of ${all} reals`;
}

const cell = (value: number | undefined): string => (value === undefined ? "" : significant(value));

function rowsOf({ metric, results, better }: Evaluation): string[][] {
  return Object.entries(results).map(([figure, { value, standardError, real, ideal }], i) => [
    figureName(metric, figure, i === 0),
    significant(value),
    cell(Number.isNaN(standardError) ? undefined : standardError),
    cell(real),
    cell(ideal),
    i === 0 ? betterText(better) : "",
  ]);
}

/** Lines: what was judged, the table, and what was left out. */
export function describeEvaluation(found: Evaluations): string[] {
  const { heldOut, features, seed, seconds, metrics, leftOut } = found;
  return [
    ...facts([
      ["judged", judged(found)],
      ["reference", judges(found)],
      ["unseen", heldOut && `${heldOut.name}: ${integer(heldOut.count ?? 0)} reals`],
      ["reals", realCounts(metrics)],
      ["features", features],
      ["seed", String(seed)],
      ["time", seconds < 10 ? `${seconds.toFixed(1)}s` : duration(seconds)],
    ]),
    "",
    ...table(["figure", "value", "±", "reals", "ideal", "good"], metrics.flatMap(rowsOf)),
    ...(leftOut.length === 0 ? [] : ["", "left out"]),
    ...table(
      ["", ""],
      leftOut.map(({ metric, reason }) => [`  ${metric}`, reason]),
    ).slice(1),
  ];
}
