/** @file How a foreign model wants its images, read off its input, and images brought to that form. */

import type { ForeignValue } from "../../backend/onnx/node.ts";
import { scalePlanes } from "../../data/resample.ts";
import { ConfigError, DataError } from "../../util/errors.ts";

/** What the pixels 0..255 become for a model. */
export const VALUE_RANGES = ["0..255", "0..1", "-1..1"] as const;

/** One of {@link VALUE_RANGES}. */
export type ValueRange = (typeof VALUE_RANGES)[number];

/** What a model is fed, and with what. */
export interface ImageInput {
  readonly name: string;
  readonly type: "uint8" | "float32";
  readonly range: ValueRange;
  readonly layout: "NCHW" | "NHWC";
  /** Images at once: the model's own number where it has one. */
  readonly batch: number;
  /** As it is fed, batch first. */
  readonly shape: readonly [number, number, number, number];
  /** Channels, height and width that the model wants. */
  readonly wanted: readonly [number, number, number];
  /** Channels, height and width of the images that it will be given. */
  readonly source: readonly [number, number, number];
  /** Their product. */
  readonly sourceSize: number;
  /** What was guessed or will be converted. */
  readonly notes: readonly string[];
}

/** Images at once where the model leaves it open. */
const BATCH = 32;

/** A fixed axis; undefined for a free one. */
const fixed = (axis: number | string | undefined): number | undefined =>
  typeof axis === "number" && axis > 0 ? axis : undefined;

const isChannels = (axis: number | undefined): axis is 1 | 3 => axis === 1 || axis === 3;

const show = ({ name, type, shape }: ForeignValue): string => `${name} ${type ?? "no tensor"} [${shape}]`;

function requireOne(path: string, inputs: readonly ForeignValue[]): ForeignValue {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new DataError(`${path} has ${inputs.length} inputs: an extractor has one, the images`, {
      help: inputs.length === 0 ? "export it again" : `its inputs: ${inputs.map(show).join(", ")}`,
    });
  }
  if (input.shape.length !== 4 || (input.type !== "uint8" && input.type !== "float32")) {
    throw new DataError(`the input of ${path} is ${show(input)}, not images: uint8 or float32 of four axes`, {
      help: "export it with the input [N, C, H, W] or [N, H, W, C]",
    });
  }
  return input;
}

function rangeOf(path: string, type: ImageInput["type"], wanted: ValueRange | undefined): ValueRange {
  if (wanted !== undefined && !VALUE_RANGES.includes(wanted)) {
    throw new ConfigError(`unknown range "${wanted}"`, { help: `ranges: ${VALUE_RANGES.join(", ")}` });
  }
  if (type === "uint8" && wanted !== undefined && wanted !== "0..255") {
    throw new ConfigError(`${path} takes bytes, which are 0..255 and not ${wanted}`, {
      help: "leave out --features-range",
    });
  }
  return wanted ?? (type === "uint8" ? "0..255" : "0..1");
}

/**
 * Reads off a model's input how to feed it images of `source` [C, H, W].
 *
 * @throws DataError when it has not one image input; ConfigError when the range or the images do not fit it.
 */
export function imageInput(
  path: string,
  inputs: readonly ForeignValue[],
  source: readonly [number, number, number],
  wantedRange?: ValueRange,
): ImageInput {
  const input = requireOne(path, inputs);
  const type = input.type as ImageInput["type"];
  const [n, a, b, c] = input.shape.map(fixed);
  const layout = isChannels(a) ? "NCHW" : isChannels(c) ? "NHWC" : undefined;
  if (layout === undefined) {
    throw new DataError(`${path}: neither axis of ${show(input)} that may be the channels is 1 or 3`, {
      help: "export it with a fixed number of channels",
    });
  }
  const channels = (layout === "NCHW" ? a : c)!;
  const [height = source[1], width = source[2]] = layout === "NCHW" ? [b, c] : [a, b];
  if (channels === 1 && source[0] === 3) {
    throw new ConfigError(`${path} looks at grey images, these have three channels`, {
      help: "turn them grey with --channels 1",
    });
  }
  const range = rangeOf(path, type, wantedRange);
  const batch = n ?? BATCH;
  const scaled = height !== source[1] || width !== source[2];
  return {
    name: input.name,
    type,
    range,
    layout,
    batch,
    shape: layout === "NCHW" ? [batch, channels, height, width] : [batch, height, width, channels],
    wanted: [channels, height, width],
    source,
    sourceSize: source[0] * source[1] * source[2],
    notes: [
      `the input ${show(input)} was taken for ${layout}, and is given pixels as ${range}`,
      ...(scaled ? [`images of ${source[2]}x${source[1]} are scaled to ${width}x${height} bilinearly`] : []),
      ...(channels > source[0] ? ["grey is repeated in three channels"] : []),
    ],
  };
}

const SCALE: Readonly<Record<ValueRange, readonly [factor: number, offset: number]>> = {
  "0..255": [1, 0],
  "0..1": [1 / 255, 0],
  "-1..1": [2 / 255, -1],
};

/** One batch of images [batch, C, H, W] of bytes as the model takes them. */
export function prepareImages(input: ImageInput, images: Uint8Array): Uint8Array | Float32Array {
  const { batch, source, wanted, type, range, layout } = input;
  const [height, width] = [wanted[1], wanted[2]];
  const same = height === source[1] && width === source[2];
  const planes = same ? images : scalePlanes(images, batch * source[0], [source[1], source[2]], [height, width]);
  const pixels = height * width;
  const channels = wanted[0];
  const [factor, offset] = SCALE[range];
  const rounding = type === "uint8" ? 0.5 : 0;
  const out =
    type === "uint8" ? new Uint8Array(batch * channels * pixels) : new Float32Array(batch * channels * pixels);
  for (let n = 0; n < batch; n++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (n * source[0] + Math.min(channel, source[0] - 1)) * pixels;
      const [to, step] =
        layout === "NCHW" ? [(n * channels + channel) * pixels, 1] : [n * channels * pixels + channel, channels];
      for (let p = 0; p < pixels; p++) out[to + p * step] = planes[from + p]! * factor + offset + rounding;
    }
  }
  return out;
}
