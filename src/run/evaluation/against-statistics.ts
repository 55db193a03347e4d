/** @file Judges samples by the mean and covariance of reals: what can be said without the reals themselves. */

import { basename } from "node:path";
import type { Backend } from "../../backend/backend.ts";
import type { Choice } from "../../config/schema.ts";
import type { Moments } from "../../metrics/moments.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { EXTRACTORS } from "./choose-extractor.ts";
import { createMetric, unusualOptions } from "./choose-metrics.ts";
import { type Evaluation, metricName } from "./evaluation.ts";
import type { OpenExtractor, Samples } from "./extractor.ts";
import { BackendProducts } from "./products.ts";
import type { StoredStatistics } from "./statistics-file.ts";

const UNABLE = "is more than a figure of mean and covariance, and statistics hold nothing else of the reals";

/** The metrics where none are named. */
export const USUAL_BY_STATISTICS: readonly string[] = ["fid"];

/** Which of `choices` statistics suffice for, and why not for the others. */
export function possibleByStatistics(choices: readonly Choice[]) {
  const able = (choice: Choice) => createMetric(choice).fromMoments !== undefined;
  return {
    metrics: choices.filter(able),
    leftOut: choices.filter((choice) => !able(choice)).map(({ name }) => ({ metric: name, reason: `it ${UNABLE}` })),
  };
}

/** @throws ConfigError on a metric that statistics do not suffice for. */
export function requireByStatistics(choices: readonly Choice[]): void {
  const [first] = possibleByStatistics(choices).leftOut;
  if (first === undefined) return;
  throw new ConfigError(`the metric ${first.metric} ${UNABLE}`, {
    help: "name the reals with --reference, or take --metrics fid",
  });
}

/**
 * The extractor for statistics where none is named: the one that made them, where it is one of Gantry's.
 * @throws ConfigError where it is a file, or the statistics do not say.
 */
export function extractorOf(path: string, { extractor }: StoredStatistics): string {
  if (extractor !== undefined && (EXTRACTORS as readonly string[]).includes(extractor)) return extractor;
  const what = extractor === undefined ? "do not say what made them" : `were made with ${extractor}, a file`;
  throw new ConfigError(`the statistics ${basename(path)} ${what}`, {
    help: "name the extractor that made them: --features inception.onnx",
  });
}

/** What to judge by, and how. */
export interface ByStatisticsOptions {
  readonly metrics: readonly Choice[];
  /** Of the reals. */
  readonly reference: Moments;
  /** What the statistics are called. */
  readonly name: string;
  readonly extractor: OpenExtractor;
  readonly backend: Backend;
  readonly seed: number;
  /** Called for a metric that cannot judge these samples, which is then left out. Default: it is an error. */
  readonly onRefused?: (metric: string, reason: DataError) => void;
}

/**
 * Judges `samples`. There is no figure of reals beside those of the samples: it would need two sets of reals.
 * @throws DataError when the samples cannot be judged: NaN features, too few for a covariance.
 */
export async function judgeByStatistics(samples: Samples, options: ByStatisticsOptions): Promise<Evaluation[]> {
  const { metrics, reference, name, extractor, backend, seed, onRefused } = options;
  const runtime = new BackendProducts(backend);
  try {
    const judged = await extractor.extract(samples);
    const out: Evaluation[] = [];
    for (const choice of metrics) {
      const metric = createMetric(choice);
      try {
        out.push({
          metric: metricName({
            metric: choice.name,
            count: samples.count,
            extractor: extractor.name,
            options: unusualOptions(choice),
          }),
          results: await metric.fromMoments!({ samples: judged, reference, products: runtime.products, seed }),
          better: metric.better,
          samples: samples.count,
          reference: { name, count: reference.count ?? null },
          seed,
        });
      } catch (error) {
        if (onRefused === undefined || !(error instanceof DataError)) throw error;
        onRefused(choice.name, error);
      }
    }
    return out;
  } finally {
    await runtime.release();
  }
}
