/** @file Extractors at work: samples in, features out, in batches. */

import type { Backend } from "../../backend/backend.ts";
import type { Probabilities } from "../../metrics/classes.ts";
import type { Extractor } from "../../metrics/extractor.ts";
import { features } from "../../metrics/features.ts";
import type { SampleSet } from "../../metrics/metric.ts";
import { optimize } from "../../passes/pipeline.ts";
import { DataError } from "../../util/errors.ts";

/** Samples as data sets and generators hold them: uint8 images [count, C, H, W], or float32 points [count, D]. */
export type Samples =
  | {
      readonly kind: "images";
      readonly data: Uint8Array;
      readonly count: number;
      readonly shape: readonly [number, number, number];
    }
  | {
      readonly kind: "points";
      readonly data: Float32Array;
      readonly count: number;
      readonly shape: readonly [number];
    };

/** The kind and shape of samples, without the samples. */
export type SampleKind = Pick<Samples, "kind"> & { readonly shape: readonly number[] };

/** An extractor that is ready to run on samples of one shape. */
export interface OpenExtractor {
  /** Part of the name of every metric that is computed with it. */
  readonly name: string;
  /** What its features are compared by, where the name alone would not tell it from others. Default the name. */
  readonly identity?: string;
  /** Features of one sample. */
  readonly dimensions: number;
  /** What it gives beside features. */
  readonly gives: readonly ("probabilities" | "channels")[];
  /** What was guessed about it. */
  readonly notes?: readonly string[];
  /** @throws DataError when a feature is not finite. */
  extract(samples: Samples): Promise<SampleSet>;
  release(): Promise<void>;
}

/** The coordinates of points, as they are. */
export function pointExtractor(dimensions: number): OpenExtractor {
  return {
    name: "points",
    dimensions,
    gives: [],
    async extract(samples) {
      if (samples.kind !== "points") throw new DataError("the features `points` are of points, these are images");
      return { features: features(samples.data, dimensions, "points") };
    },
    release: async () => {},
  };
}

/** Images at once. The last batch is filled up, and what was filled up is dropped. */
const BATCH = 200;

/** Runs an image network over `images`, batch by batch. */
export async function overBatches<Part extends Readonly<Record<string, Float32Array>>>(
  images: { readonly data: Uint8Array; readonly count: number },
  batch: number,
  run: (part: Uint8Array) => Promise<Part>,
  widths: Readonly<Record<keyof Part & string, number>>,
): Promise<Part> {
  const size = images.data.length / images.count;
  const out = Object.fromEntries(
    Object.entries(widths).map(([name, width]) => [name, new Float32Array(images.count * width)]),
  );
  const part = new Uint8Array(batch * size);
  for (let start = 0; start < images.count; start += batch) {
    const count = Math.min(batch, images.count - start);
    part.set(images.data.subarray(start * size, (start + count) * size));
    const results = await run(part);
    for (const [name, width] of Object.entries(widths)) {
      out[name]!.set(results[name]!.subarray(0, count * width), start * width);
    }
  }
  return out as Part;
}

/**
 * Compiles an extractor for images of one shape.
 * @throws ShapeError when the images do not fit it.
 */
export async function openExtractor(
  extractor: Extractor,
  shape: readonly [number, number, number],
  backend: Backend,
): Promise<OpenExtractor> {
  const { name, dimensions, classes } = extractor;
  const executable = await backend.compile(optimize(extractor.trace(BATCH, shape)));
  const widths = { features: dimensions, ...(classes > 0 && { probabilities: classes }) };
  return {
    name,
    dimensions,
    gives: classes > 0 ? ["probabilities"] : [],
    async extract(samples) {
      if (samples.kind !== "images") throw new DataError(`${name} looks at images, these are points`);
      const run = async (images: Uint8Array) => (await executable.run({ images })) as Record<string, Float32Array>;
      const found = await overBatches(samples, BATCH, run, widths);
      return {
        features: features(found.features!, dimensions, name),
        ...(found.probabilities && { probabilities: { data: found.probabilities, classes } }),
        images: samples,
      };
    },
    release: () => executable.release(),
  };
}

/** Channel `channel` of images [N, C, H, W], as grey ones. */
function channelOf(images: Samples & { kind: "images" }, channel: number): Samples & { kind: "images" } {
  const [channels, height, width] = images.shape;
  const pixels = height * width;
  const data = new Uint8Array(images.count * pixels);
  for (let n = 0; n < images.count; n++) {
    const start = (n * channels + channel) * pixels;
    data.set(images.data.subarray(start, start + pixels), n * pixels);
  }
  return { kind: "images", data, count: images.count, shape: [1, height, width] };
}

/** Looks at each of the three channels with an extractor of grey images: features side by side, classes channel by channel. */
export function stackedExtractor(grey: OpenExtractor): OpenExtractor {
  const name = `${grey.name}_stacked`;
  const dimensions = 3 * grey.dimensions;
  return {
    name,
    dimensions,
    gives: ["channels"],
    async extract(samples) {
      if (samples.kind !== "images" || samples.shape[0] !== 3) {
        throw new DataError(`${name} looks at images of three channels, these are of [${samples.shape}]`);
      }
      const data = new Float32Array(samples.count * dimensions);
      const channels: Probabilities[] = [];
      for (let channel = 0; channel < 3; channel++) {
        const found = await grey.extract(channelOf(samples, channel));
        for (let n = 0; n < samples.count; n++) {
          const row = found.features.data.subarray(n * grey.dimensions, (n + 1) * grey.dimensions);
          data.set(row, n * dimensions + channel * grey.dimensions);
        }
        channels.push(found.probabilities!);
      }
      return { features: features(data, dimensions, name), channels, images: samples };
    },
    release: () => grey.release(),
  };
}

/** What features of `extractor` are compared by. */
export const identityOf = ({ identity, name }: OpenExtractor): string => identity ?? name;
