import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError } from "../../util/errors.ts";
import {
  decodeMetadata,
  decodeSafetensors,
  encodeSafetensors,
  headerSize,
  type StateArray,
  type TensorFile,
} from "./safetensors.ts";

const SAMPLE: TensorFile = {
  tensors: new Map<string, StateArray>([
    ["mask", { shape: [3], data: new Uint8Array([1, 2, 255]) }],
    ["generator/weight", { shape: [2, 3], data: new Float32Array([1, -2.5, Number.NaN, 3e-40, -0, Infinity]) }],
    ["count", { shape: [], data: new Int32Array([-7]) }],
    ["empty", { shape: [0, 4], data: new Float32Array(0) }],
    ["__proto__", { shape: [1], data: new Int32Array([9]) }],
    ["größe 字", { shape: [1], data: new Uint8Array([4]) }],
  ]),
  metadata: { format: "x/1", note: 'quotes " and \n', __proto__x: "y" },
};

/** One buffer, as a file would be read. */
function join(chunks: readonly Uint8Array[], offset = 0): Uint8Array {
  const all = new Uint8Array(offset + chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = offset;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all.subarray(offset);
}

/** A file written by hand: what the format's description says, not what our encoder does. */
function raw(header: string, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function bits(array: StateArray | undefined): readonly unknown[] {
  if (array === undefined) return [];
  const { buffer, byteOffset, byteLength } = array.data;
  return [array.data.constructor.name, array.shape, [...new Uint8Array(buffer, byteOffset, byteLength)]];
}

describe("encodeSafetensors and decodeSafetensors", () => {
  it("give back every array bit for bit, and the metadata", () => {
    const back = decodeSafetensors(join(encodeSafetensors(SAMPLE)));
    expect([...back.tensors.keys()].sort()).toEqual([...SAMPLE.tensors.keys()].sort());
    for (const [name, array] of SAMPLE.tensors) expect(bits(back.tensors.get(name))).toEqual(bits(array));
    expect(back.metadata).toEqual(SAMPLE.metadata);
  });

  it("give back arbitrary content", () => {
    const entry = fc.record({ name: fc.string({ unit: "grapheme" }), values: fc.array(fc.float()), kind: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(entry), fc.dictionary(fc.string(), fc.string()), (entries, metadata) => {
        const tensors = new Map<string, StateArray>();
        for (const { name, values, kind } of entries) {
          const data = [new Float32Array(values), new Int32Array(values), new Uint8Array(values)][kind] as Float32Array;
          tensors.set(name, { shape: [1, values.length], data });
        }
        const back = decodeSafetensors(join(encodeSafetensors({ tensors, metadata })));
        expect(back.tensors.size).toBe(tensors.size);
        for (const [name, array] of tensors) expect(bits(back.tensors.get(name))).toEqual(bits(array));
        expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  it("follow the published layout", () => {
    const head = encodeSafetensors({
      tensors: new Map([["a", { shape: [2], data: new Float32Array([1, 2]) }]]),
      metadata: { k: "v" },
    })[0] as Uint8Array;
    const text = new TextDecoder().decode(head.subarray(8));
    expect(JSON.parse(text)).toEqual({
      __metadata__: { k: "v" },
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    });
    expect(head.length % 8).toBe(0);
    expect(new DataView(head.buffer).getBigUint64(0, true)).toBe(BigInt(head.length - 8));
    expect(text.length - text.trimEnd().length).toBeLessThan(8);
  });

  it("read a file written by hand, unpadded and in another order", () => {
    const header =
      '{"b":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},"a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}';
    const { tensors, metadata } = decodeSafetensors(raw(header, [1, 1, 0, 0, 9]));
    expect(tensors.get("a")).toEqual({ shape: [], data: new Int32Array([257]) });
    expect(tensors.get("b")).toEqual({ shape: [1], data: new Uint8Array([9]) });
    expect(metadata).toEqual({});
  });

  it("give the same bytes whatever the order of the map, and other bytes for another value", () => {
    const reversed = { ...SAMPLE, tensors: new Map([...SAMPLE.tensors].reverse()) };
    expect(join(encodeSafetensors(reversed))).toEqual(join(encodeSafetensors(SAMPLE)));
    const changed = {
      ...SAMPLE,
      tensors: new Map(SAMPLE.tensors).set("count", { shape: [], data: new Int32Array([-8]) }),
    };
    expect(join(encodeSafetensors(changed))).not.toEqual(join(encodeSafetensors(SAMPLE)));
  });

  it("copy no array: chunks are views, and so are decoded arrays where aligned", () => {
    const data = new Float32Array(8).subarray(2, 6);
    const chunks = encodeSafetensors({ tensors: new Map([["a", { shape: [4], data }]]), metadata: {} });
    expect(chunks[1]?.buffer).toBe(data.buffer);
    expect(chunks[1]?.byteOffset).toBe(8);
    const aligned = join(chunks);
    expect(decodeSafetensors(aligned).tensors.get("a")?.data.buffer).toBe(aligned.buffer);
    const shifted = join(chunks, 1);
    const copied = decodeSafetensors(shifted).tensors.get("a");
    expect(copied?.data.buffer).not.toBe(shifted.buffer);
    expect(copied?.data).toEqual(data);
  });

  it("refuse to encode an array that does not fill its shape", () => {
    const tensors = new Map([["a", { shape: [3], data: new Float32Array(2) }]]);
    expect(() => encodeSafetensors({ tensors, metadata: {} })).toThrow(/array a of shape \[3\] holds 2/);
    const reserved = new Map([["__metadata__", { shape: [1], data: new Float32Array(1) }]]);
    expect(() => encodeSafetensors({ tensors: reserved, metadata: {} })).toThrow(/cannot be named/);
  });
});

describe("decodeMetadata", () => {
  it("reads the metadata from the header alone", () => {
    const bytes = join(encodeSafetensors(SAMPLE));
    const size = headerSize(bytes.subarray(0, 8)) as number;
    expect(decodeMetadata(bytes.subarray(0, size))).toEqual(SAMPLE.metadata);
    expect(() => decodeMetadata(bytes.subarray(0, size - 1))).toThrow(/truncated inside the header/);
  });
});

describe("a damaged file is refused", () => {
  const entry = (fields: object): string =>
    JSON.stringify({ w: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...fields } });
  const two = (a: readonly number[], b: readonly number[]): string =>
    `{"a":{"dtype":"U8","shape":[2],"data_offsets":[${a}]},"b":{"dtype":"U8","shape":[2],"data_offsets":[${b}]}}`;
  const huge = raw("{}");
  new DataView(huge.buffer).setBigUint64(0, 100_000_001n, true);
  const enormous = raw("{}");
  new DataView(enormous.buffer).setBigUint64(0, 2n ** 63n, true);

  it("while the undamaged ones are read", () => {
    expect(decodeSafetensors(raw(entry({}), [0, 0, 128, 63])).tensors.get("w")?.data[0]).toBe(1);
    expect(decodeSafetensors(raw(two([0, 2], [2, 4]), [1, 2, 3, 4])).tensors.get("b")?.data).toEqual(
      new Uint8Array([3, 4]),
    );
    expect(decodeSafetensors(raw("{}")).tensors.size).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["nothing at all", new Uint8Array(0), /truncated: 0 bytes/],
    ["seven bytes", new Uint8Array(7), /truncated: 7 bytes/],
    ["half a header", raw(entry({})).subarray(0, 20), /truncated inside the header: 20 of/],
    ["a header over 100 MB", huge, /over the limit of 100000000/],
    ["a header of 2^63 bytes", enormous, /over the limit/],
    ["bad JSON", raw('{"w":'), /not valid JSON/],
    ["bad UTF-8", raw("{}").map((byte, i) => (i === 8 ? 0xff : byte)), /not valid JSON/],
    ["a JSON array", raw("[]"), /not a JSON object/],
    ["an entry that is null", raw('{"w":null}'), /"w" is not an object/],
    ["metadata that is no text", raw('{"__metadata__":{"a":1}}'), /metadata "a" is not a string/],
    ["a missing shape", raw(entry({ shape: null }), [0, 0, 0, 0]), /"w" has the impossible shape null/],
    ["a negative shape", raw(entry({ shape: [-1] }), [0, 0, 0, 0]), /impossible shape \[-1\]/],
    ["missing offsets", raw(entry({ data_offsets: 0 }), [0, 0, 0, 0]), /no pair of data_offsets/],
    ["offsets reversed", raw(entry({ data_offsets: [4, 0] }), [0, 0, 0, 0]), /impossible data_offsets \[4,0\]/],
    [
      "a shape that needs more",
      raw(entry({ shape: [2] }), [0, 0, 0, 0]),
      /\[2\] and dtype F32 needs 8 bytes but has 4/,
    ],
    ["a shape that overflows", raw(entry({ shape: [2 ** 40, 2 ** 40] }), [0, 0, 0, 0]), /needs 4\.\d+e\+24 bytes/],
    ["truncated data", raw(entry({}), [0, 0, 0]), /truncated: tensor "w" ends 1 bytes after/],
    ["bytes at the end", raw(entry({}), [0, 0, 0, 0, 0]), /1 bytes after the last tensor/],
    ["an overlap", raw(two([0, 2], [1, 3]), [0, 0, 0]), /"b" overlaps/],
    ["a gap", raw(two([0, 2], [3, 5]), [0, 0, 0, 0, 0]), /1 bytes before tensor "b"/],
    ["the same bytes twice", raw(two([0, 2], [0, 2]), [0, 0]), /overlaps/],
  ])("%s", (_name, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "some/file")).toThrow(DataError);
    expect(() => decodeSafetensors(bytes, "some/file")).toThrow(message);
    expect(() => decodeSafetensors(bytes, "some/file")).toThrow(/some\/file/);
  });

  it("another element type, naming tensor and type", () => {
    const bytes = raw(entry({ dtype: "BF16", data_offsets: [0, 2] }), [0, 0]);
    expect(() => decodeSafetensors(bytes, "f")).toThrow(/f: tensor "w" has dtype "BF16"/);
  });
});
