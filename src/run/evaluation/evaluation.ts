/** @file What an evaluation is: figures under a name that says what they are, beside what reals and theory give. */

import type { Better, Figure } from "../../metrics/metric.ts";

/** A figure, and the same figure of reals. */
export interface JudgedFigure extends Figure {
  /** The same figure for reals judged by other reals; absent where there were too few. */
  readonly real?: number;
}

/** One metric of one set of samples. */
export interface Evaluation {
  /** Such as `fid-10k-lenet_mnist`. */
  readonly metric: string;
  /** By name, the metric's own first. */
  readonly results: Readonly<Record<string, JudgedFigure>>;
  /** Which values of the first figure are good. */
  readonly better: Better;
  /** How many samples were judged. */
  readonly samples: number;
  /** By how many reals of what; null where statistics do not say of how many they are. */
  readonly reference: { readonly name: string; readonly count: number | null };
  /** How many reals were judged by how many for the figures `real`; absent with them. */
  readonly real?: { readonly samples: number; readonly reference: number };
  /** Of subsets, directions and cells. */
  readonly seed: number;
}

/** 10000 -> `10k`, 2500 -> `2500`. */
export const countName = (count: number): string => (count > 0 && count % 1000 === 0 ? `${count / 1000}k` : `${count}`);

/** What a figure's name says of the metric that it is of. */
export interface MetricIdentity {
  /** The metric's row. */
  readonly metric: string;
  /** How many samples are judged. */
  readonly count: number;
  /** Whose features; absent where the figures do not depend on them. */
  readonly extractor?: string | undefined;
  /** Options that are not the usual ones. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** `fid-10k-lenet_mnist`, and with other options than the usual ones `prdc-10k-lenet_mnist-k3`. */
export const metricName = ({ metric, count, extractor, options = {} }: MetricIdentity): string =>
  [
    metric,
    countName(count),
    ...(extractor === undefined ? [] : [extractor]),
    ...Object.entries(options).map(([name, value]) => `${name}${value}`),
  ].join("-");

/** The name of a figure in a log: that of its metric, and for all but the first its own. */
export const figureName = (metric: string, figure: string, first: boolean): string =>
  first ? metric : `${metric}/${figure}`;

/** The figures by the names that they have in a log. */
export function figuresOf({ metric, results }: Pick<Evaluation, "metric" | "results">): Record<string, number> {
  return Object.fromEntries(
    Object.entries(results).map(([name, { value }], i) => [figureName(metric, name, i === 0), value]),
  );
}
