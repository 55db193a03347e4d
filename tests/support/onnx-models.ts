/** @file Small ONNX models as somebody else might bring them. */

import { emitModel } from "../../src/backend/onnx/emit.ts";
import { ProtoWriter } from "../../src/backend/onnx/protobuf.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import * as t from "../../src/graph/tensor.ts";

/** What a model looks at. */
export interface ModelForm {
  readonly type?: "u8" | "f32";
  readonly layout?: "NCHW" | "NHWC";
  readonly batch?: number;
  readonly channels?: number;
  readonly size?: number;
  readonly width?: number;
  /** Another filter for another number. */
  readonly salt?: number;
  /** Name of the output. */
  readonly output?: string;
  /** Gives features as [N, D, 1, 1], by a shape that is declared as an input with a default. */
  readonly open?: boolean;
}

/**
 * Features of a convolution of 4x4 pixels with stride 4: the mean of its absolute values over space. Fixed batch and size.
 * Beside them it has an output `map`, which is no features.
 */
export function convModel(form: ModelForm = {}): Uint8Array {
  const { type = "u8", layout = "NCHW", batch = 16, channels = 1, size = 16, width = 6 } = form;
  const { salt = 0, output = "features", open = false } = form;
  const shape = layout === "NCHW" ? [batch, channels, size, size] : [batch, size, size, channels];
  const images = t.input("images", shape, type);
  const pixels = type === "u8" ? t.mul(t.cast(images, "f32"), 1 / 255) : images;
  const first = layout === "NCHW" ? pixels : t.transpose(pixels, [0, 3, 1, 2]);
  const filter = Float32Array.from({ length: width * channels * 16 }, (_, i) =>
    Math.sin(1 + salt + 1.7 * i + 0.01 * i * i),
  );
  const weight = t.constant(filter, [width, channels, 4, 4]);
  const map = t.conv(first, weight, { strides: [4, 4], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 });
  const means = t.mean(t.abs(map), [2, 3]);
  const graph = buildGraph({ map, [output]: open ? t.reshape(means, [batch, width, 1, 1]) : means });
  return emitModel(graph, { channelBlock: 0, openShapes: open }).bytes;
}

/** A model with two inputs. */
export const twoInputs = (): Uint8Array =>
  emitModel(buildGraph({ features: t.mean(t.add(t.input("a", [2, 1, 8, 8]), t.input("b", [2, 1, 8, 8])), [2, 3]) }), {
    channelBlock: 0,
  }).bytes;

/** A model of vectors. */
export const flatInput = (): Uint8Array =>
  emitModel(buildGraph({ features: t.neg(t.input("x", [2, 8])) }), { channelBlock: 0 }).bytes;

/** A model whose features are NaN. */
export const nanModel = (): Uint8Array =>
  emitModel(buildGraph({ features: t.log(t.sub(t.mean(t.input("x", [4, 1, 8, 8]), [2, 3]), 2)) }), { channelBlock: 0 })
    .bytes;

const message = () => new ProtoWriter();

function value(name: string, dims: readonly (number | string)[]): ProtoWriter {
  const shape = message();
  for (const dim of dims) shape.bytes(1, typeof dim === "number" ? message().int(1, dim) : message().bytes(2, dim));
  return message()
    .bytes(1, name)
    .bytes(2, message().bytes(1, message().int(1, 1).bytes(2, shape)));
}

function handMade(graph: ProtoWriter): Uint8Array {
  return message().int(1, 8).bytes(7, graph).bytes(8, message().bytes(1, "").int(2, 17)).finish();
}

const node = (type: string, inputs: readonly string[]) => {
  const out = message();
  for (const input of inputs) out.bytes(1, input);
  return out.bytes(2, "pool").bytes(4, type);
};

/** The mean colour of images of any number and size, as [N, 3, 1, 1]: batch, height and width are free. */
export const freeModel = (): Uint8Array =>
  handMade(
    message()
      .bytes(1, node("GlobalAveragePool", ["x"]))
      .bytes(2, "free")
      .bytes(11, value("x", ["n", 3, "h", "w"]))
      .bytes(12, value("pool", ["n", 3, 1, 1])),
  );

/** A model whose weights lie in a file that is not there. */
export function externalModel(): Uint8Array {
  const entry = (key: string, text: string) => message().bytes(1, key).bytes(2, text);
  const weight = message().int(1, 1).int(2, 1).bytes(8, "w");
  weight.bytes(13, entry("location", "weights.bin")).bytes(13, entry("offset", "0")).bytes(13, entry("length", "4"));
  return handMade(
    message()
      .bytes(1, node("Mul", ["x", "w"]))
      .bytes(2, "external")
      .bytes(5, weight.int(14, 1))
      .bytes(11, value("x", ["n", 3, "h", "w"]))
      .bytes(12, value("pool", ["n", 3, "h", "w"])),
  );
}
