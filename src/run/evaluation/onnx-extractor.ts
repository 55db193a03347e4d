/** @file Any ONNX model as an extractor: true Inception features are one, for whoever has the weights. */

import { createHash } from "node:crypto";
import { type ForeignModel, type ForeignResult, openForeignModel } from "../../backend/onnx/node.ts";
import { nameOf, readFileBytes } from "../../data/files.ts";
import { features } from "../../metrics/features.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import type { OpenExtractor, SampleKind } from "./extractor.ts";
import { type ImageInput, imageInput, prepareImages, type ValueRange } from "./image-input.ts";

/** How to use a foreign model. */
export interface ForeignOptions {
  /** What pixels become. Default 0..255 for a model of uint8, 0..1 for one of float32. */
  readonly range?: ValueRange | undefined;
  /** The output that is the features. Default: one with a usual name, else the first of shape [N, D] or [N, D, 1, 1]. */
  readonly output?: string | undefined;
  /** Default: the cores that this process may use. */
  readonly threads?: number | undefined;
}

/** Outputs that are features, by name. */
const USUAL = ["features", "pool_3", "pool3", "pool_3:0", "pool"];

/** Whether `name` is the path of a model. */
export const isModelPath = (name: string): boolean => /\.onnx$/i.test(name);

/** The part of a metric's name: `Inception V3.onnx` -> `Inception_V3`. */
const stemOf = (path: string): string => nameOf(path.replace(/\.onnx$/i, "")).replace(/[^A-Za-z0-9]+/g, "_");

/** What the runtime says, without the places in its source. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n")[0]!.slice(0, 300);
}

async function openModel(path: string, bytes: Uint8Array, threads: number | undefined): Promise<ForeignModel> {
  try {
    return await openForeignModel(bytes, { threads });
  } catch (cause) {
    const reason = reasonOf(cause);
    if (/external/i.test(reason)) {
      throw new DataError(`${path} keeps its weights in other files`, {
        help: "save it as one file, so that its checksum covers the weights: onnx.save_model(model, path, save_as_external_data=False)",
        cause,
      });
    }
    throw new DataError(`${path} is not an ONNX model that can be opened: ${reason}`, {
      help: "export or download it again; models of up to opset 21 or so can be read",
      cause,
    });
  }
}

/** D of an output that holds one row of features for each of `batch` images; undefined for others. */
function widthOf({ type, shape }: ForeignResult, batch: number): number | undefined {
  const flat = shape.length === 2 || (shape.length === 4 && shape[2] === 1 && shape[3] === 1);
  return type === "float32" && flat && shape[0] === batch && shape[1]! > 0 ? shape[1] : undefined;
}

interface FeatureOutput {
  readonly name: string;
  readonly width: number;
}

/** The output that is the features, out of what the model gave for a first batch. */
function chooseOutput(
  path: string,
  results: Readonly<Record<string, ForeignResult>>,
  batch: number,
  wanted: string | undefined,
): FeatureOutput {
  const names = Object.keys(results);
  const shapes = names.map((name) => `${name} ${results[name]!.type} [${results[name]!.shape}]`).join(", ");
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new ConfigError(`${path} has no output "${wanted}".${didYouMean(wanted, names)}`, {
      help: `its outputs: ${shapes}`,
    });
  }
  const able = names.filter((name) => widthOf(results[name]!, batch) !== undefined);
  const name = wanted ?? USUAL.find((usual) => able.includes(usual)) ?? able[0];
  const width = name === undefined ? undefined : widthOf(results[name]!, batch);
  if (name === undefined || width === undefined) {
    throw new DataError(
      wanted === undefined
        ? `${path} has no output of features: float32 [N, D] or [N, D, 1, 1]`
        : `the output ${wanted} of ${path} is not features: float32 [N, D] or [N, D, 1, 1]`,
      { help: `for ${batch} images it gave ${shapes}` },
    );
  }
  return { name, width };
}

async function runModel(path: string, model: ForeignModel, input: ImageInput, images: Uint8Array | Float32Array) {
  try {
    return await model.run(input.name, input.type, images, input.shape);
  } catch (cause) {
    throw new DataError(`${path} cannot be run on images of [${input.shape}]: ${reasonOf(cause)}`, {
      help: "export it with a free batch axis, or for the size of the images (--size)",
      cause,
    });
  }
}

/**
 * Opens the ONNX file `path` as an extractor of images of one shape. Its name is the file's stem; features are compared by the
 * stem, the file's checksum, the range and the output.
 *
 * @throws DataError when there is no such file, or it is no model of one image input and an output of features; ConfigError when
 * an option or the images do not fit it.
 */
export async function openOnnxExtractor(
  path: string,
  { kind, shape }: SampleKind,
  { range, output, threads }: ForeignOptions = {},
): Promise<OpenExtractor> {
  if (kind !== "images") throw new ConfigError(`${path} looks at images, these are points`);
  const bytes = await readFileBytes(path);
  const checksum = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const model = await openModel(path, bytes, threads);
  try {
    const input = imageInput(path, model.inputs, shape as [number, number, number], range);
    const { batch } = input;
    const first = await runModel(path, model, input, prepareImages(input, new Uint8Array(batch * input.sourceSize)));
    const chosen = chooseOutput(path, first, batch, output);
    const name = stemOf(path);
    const identity = `${name}@${checksum}/${input.range}/${chosen.name}`;
    return {
      name,
      identity,
      dimensions: chosen.width,
      gives: [],
      notes: [
        ...input.notes.map((note) => `${name}: ${note}`),
        `${name}: its features are the output ${chosen.name}, ${chosen.width} numbers`,
      ],
      async extract(samples) {
        if (samples.kind !== "images") throw new DataError(`${name} looks at images, these are points`);
        const data = new Float32Array(samples.count * chosen.width);
        const part = new Uint8Array(batch * input.sourceSize);
        for (let start = 0; start < samples.count; start += batch) {
          const count = Math.min(batch, samples.count - start);
          part.set(samples.data.subarray(start * input.sourceSize, (start + count) * input.sourceSize));
          const results = await runModel(path, model, input, prepareImages(input, part));
          const found = results[chosen.name]!.data as Float32Array;
          data.set(found.subarray(0, count * chosen.width), start * chosen.width);
        }
        return { features: features(data, chosen.width, identity), images: samples };
      },
      release: () => model.release(),
    };
  } catch (error) {
    await model.release();
    throw error;
  }
}
