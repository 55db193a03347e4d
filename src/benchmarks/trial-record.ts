/** @file What is kept of a trial, a line of JSON each: figures, what they are for reals and in theory, and what it cost. */

import type { Evaluation } from "../run/evaluation/evaluation.ts";
import { figureName } from "../run/evaluation/evaluation.ts";
import { describeEnvironment } from "../run/store/environment.ts";
import { unchangedName } from "./changes.ts";
import { protocols } from "./protocols.ts";
import { appendLine, readLines } from "./record-file.ts";

/** Figures by their full names; null where one is not defined, such as a divergence of no samples. */
export type RecordedFigures = Readonly<Record<string, number | null>>;

/** One trial: a training, or a game of the two clusters. */
export interface TrialRecord {
  readonly v: 1;
  readonly benchmark: string;
  /** With ` (changed)` where it was not run as it is. */
  readonly protocol: string;
  /** What was changed, such as `steps=60, data.source=grid`; absent where nothing was, and in older records. */
  readonly changes?: string;
  readonly recipe: string;
  /** Counted from 0; the seed. */
  readonly trial: number;
  readonly fingerprint: string;
  readonly status: "finished" | "failed";
  /** Why a failed one failed; else empty. */
  readonly reason: string;
  /** Those of the metrics, `minutes` (wall time of the training), and `coverage-step` where modes were watched and all captured. Only `minutes` where it failed. */
  readonly figures: RecordedFigures;
  /** What theory says that a figure is for perfect samples: a floor or a ceiling. */
  readonly ideal: RecordedFigures;
  /** The same figures of reals judged by other reals. */
  readonly real: RecordedFigures;
  readonly steps: number;
  /** Wall time of the training, with its compilation, without the judgement. */
  readonly seconds: number;
  /** Processor time of the same; null where trainings ran side by side, or it was interrupted in between. */
  readonly processorSeconds: number | null;
  /** Threads of an operation. */
  readonly threads: number;
  /** Where a step ran; absent for `cpu`. */
  readonly device?: string;
  readonly versions: { readonly gantry: string; readonly node: string; readonly onnxruntime: string | null };
  readonly cpu: string;
}

/** Versions and hardware, as a record names them. */
export function machineFacts(): Pick<TrialRecord, "versions" | "cpu"> & { readonly cores: number } {
  const { gantry, node, onnxruntime, cpu, cores } = describeEnvironment();
  return { versions: { gantry, node, onnxruntime }, cpu, cores };
}

const recorded = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Figures, floors and real against real of evaluations, by their full names. */
export function recordFigures(evaluations: readonly Evaluation[]): Pick<TrialRecord, "figures" | "ideal" | "real"> {
  const [figures, ideal, real]: [Record<string, number | null>, Record<string, number>, Record<string, number | null>] =
    [{}, {}, {}];
  for (const { metric, results } of evaluations) {
    for (const [i, [name, figure]] of Object.entries(results).entries()) {
      const full = figureName(metric, name, i === 0);
      figures[full] = recorded(figure.value);
      if (figure.ideal !== undefined) ideal[full] = figure.ideal;
      if (figure.real !== undefined) real[full] = recorded(figure.real);
    }
  }
  return { figures, ideal, real };
}

/** Appends a record; a torn last line is cut off first. @throws DataError when it cannot be written. */
export const appendRecord: (path: string, record: TrialRecord) => void = appendLine;

/** Whether one of the columns of its protocol is there; of a protocol that is gone, any figure. */
function hasFigures(benchmark: unknown, recorded: string, figures: object): boolean {
  const name = unchangedName(recorded);
  const protocol = protocols.find((known) => known.benchmark === benchmark && known.name === name);
  const names = protocol?.columns.map(({ figure }) => figure) ?? Object.keys(figures);
  return names.some((figure) => figure in figures);
}

const isRecord = (value: unknown): value is TrialRecord => {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = ["benchmark", "protocol", "recipe", "fingerprint", "status"];
  const objects = ["figures", "ideal", "real", "versions"];
  return (
    fields.v === 1 &&
    texts.every((key) => typeof fields[key] === "string") &&
    objects.every((key) => typeof fields[key] === "object" && fields[key] !== null) &&
    ["string", "undefined"].includes(typeof fields.changes) &&
    typeof fields.trial === "number" &&
    typeof fields.seconds === "number" &&
    (fields.status === "failed" ||
      (fields.status === "finished" &&
        hasFigures(fields.benchmark, fields.protocol as string, fields.figures as object)))
  );
};

/**
 * The records of a file in order, see {@link readLines}.
 * @throws DataError when it cannot be read, or a line is no record.
 */
export const readRecords = (path: string): TrialRecord[] => readLines(path, "result of a benchmark", isRecord);
