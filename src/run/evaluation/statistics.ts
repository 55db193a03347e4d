/** @file Mean and covariance of the features of a source, for others to be judged by: `gantry statistics` but its words. */

import { nodeBackend } from "../../backend/onnx/node.ts";
import type { DataOptions } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { momentsBy } from "../../metrics/moments.ts";
import { ConfigError } from "../../util/errors.ts";
import { requireThreads } from "../../util/threads.ts";
import { chooseExtractor, usualExtractor } from "./choose-extractor.ts";
import { identityOf, type Samples } from "./extractor.ts";
import type { ForeignOptions } from "./onnx-extractor.ts";
import { BackendProducts } from "./products.ts";
import { writeStatistics } from "./statistics-file.ts";
import { someOf } from "./subsets.ts";

/** What of, and how. */
export interface StatisticsOptions {
  /** The file, an .npz. */
  readonly out: string;
  /** The extractor's name, or the path of an ONNX file. Default: the classifier of the data, or `random_conv`. */
  readonly features?: string | undefined;
  readonly foreign?: ForeignOptions | undefined;
  /** Samples, drawn by seed. Default all. */
  readonly samples?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  readonly data?: Pick<DataOptions, "size" | "channels"> | undefined;
  readonly threads?: number | undefined;
  /** Called with what is done next. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

/** What was written. */
export interface WrittenStatistics {
  readonly path: string;
  readonly source: string;
  readonly samples: number;
  /** The extractor's name, and what its features are compared by. */
  readonly features: string;
  readonly extractor: string;
  readonly dimensions: number;
  readonly notes: readonly string[];
}

function requireSome({ name, count }: { readonly name: string; readonly count: number }, wanted: number): void {
  if (wanted <= count) return;
  throw new ConfigError(`${name} holds ${count} samples, fewer than ${wanted}`, {
    help: "leave out --samples to take all of them",
  });
}

/**
 * Writes the statistics of `source`.
 *
 * @throws ConfigError on an extractor or option that does not exist or does not fit; DataError on a source that cannot be read, NaN
 * features, no more samples than features, or a file that cannot be written.
 */
export async function statistics(source: string, options: StatisticsOptions): Promise<WrittenStatistics> {
  const { out, seed = 0, data = {}, threads, foreign = {}, onProgress = () => {} } = options;
  if (!/\.npz$/i.test(out)) throw new ConfigError(`${out} is no name for statistics`, { help: "end it in .npz" });
  requireThreads(threads);
  onProgress(`reading ${source}`);
  const dataset = await loadDataset(source, data);
  const backend = await nodeBackend({ ...(threads !== undefined && { threads }) });
  const name = options.features ?? usualExtractor(dataset.name, dataset);
  const extractor = await chooseExtractor(name, dataset, backend, { ...foreign, threads });
  const runtime = new BackendProducts(backend);
  try {
    const wanted = options.samples ?? dataset.count;
    requireSome(dataset, wanted);
    const samples = someOf(dataset as Samples, wanted, seed);
    onProgress(`computing ${extractor.dimensions} features of ${samples.count} samples`);
    const { features } = await extractor.extract(samples);
    onProgress("computing mean and covariance");
    writeStatistics(out, await momentsBy(features, runtime.products));
    return {
      path: out,
      source: dataset.name,
      samples: samples.count,
      features: extractor.name,
      extractor: identityOf(extractor),
      dimensions: extractor.dimensions,
      notes: [...dataset.notes, ...(extractor.notes ?? [])],
    };
  } finally {
    await runtime.release();
    await extractor.release();
  }
}
