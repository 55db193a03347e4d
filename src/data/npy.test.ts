import { describe, expect, it } from "vitest";
import { DataError } from "../util/errors.ts";
import { isNpy, type NpyDtype, parseNpy, writeNpy } from "./npy.ts";

interface Spec {
  descr: string;
  shape: number[];
  fortran?: boolean;
  version?: 1 | 2 | 3;
  payload: Uint8Array;
  header?: string;
}

/** A .npy file put together byte by byte, independently of the writer under test. */
function npy({ descr, shape, fortran = false, version = 1, payload, header }: Spec): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = header ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const body = Buffer.from(`${text}\n`, version === 3 ? "utf8" : "latin1");
  const head = Buffer.alloc(8 + lengthBytes);
  head.write("\x93NUMPY", "latin1");
  head[6] = version;
  if (version === 1) head.writeUInt16LE(body.length, 8);
  else head.writeUInt32LE(body.length, 8);
  return new Uint8Array(Buffer.concat([head, body, payload]));
}

type Put = (view: DataView, at: number, value: number, little: boolean) => void;

const PUT: Record<NpyDtype, Put> = {
  b1: (view, at, value) => view.setUint8(at, value),
  u1: (view, at, value) => view.setUint8(at, value),
  i1: (view, at, value) => view.setInt8(at, value),
  u2: (view, at, value, little) => view.setUint16(at, value, little),
  i2: (view, at, value, little) => view.setInt16(at, value, little),
  u4: (view, at, value, little) => view.setUint32(at, value, little),
  i4: (view, at, value, little) => view.setInt32(at, value, little),
  u8: (view, at, value, little) => view.setBigUint64(at, BigInt(value), little),
  i8: (view, at, value, little) => view.setBigInt64(at, BigInt(value), little),
  f2: (view, at, value, little) => view.setUint16(at, HALVES.get(value) as number, little),
  f4: (view, at, value, little) => view.setFloat32(at, value, little),
  f8: (view, at, value, little) => view.setFloat64(at, value, little),
};

/** Bit patterns from IEEE 754-2008, binary16. */
const HALVES = new Map([
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [2 ** -24, 0x0001],
  [-0.5, 0xb800],
  [1 / 1024 + 1, 0x3c01],
]);

const VALUES: Record<NpyDtype, number[]> = {
  b1: [0, 1, 1, 0, 1, 1],
  u1: [0, 1, 127, 128, 254, 255],
  i1: [0, -1, 127, -128, 5, -6],
  u2: [0, 1, 255, 256, 0x1234, 65535],
  i2: [0, -1, 32767, -32768, 0x1234, -300],
  u4: [0, 1, 65536, 0x12345678, 4294967295, 7],
  i4: [0, -1, 2147483647, -2147483648, 0x12345678, 9],
  u8: [0, 1, 2 ** 32, 2 ** 53, 0x123456789, 3],
  i8: [0, -1, -(2 ** 32), -(2 ** 53), 2 ** 53, -0x123456789],
  f2: [1, -2, 65504, 2 ** -24, -0.5, 1 / 1024 + 1],
  f4: [0, -1.5, 3.5e38 / 2 ** 4, 2 ** -149, Math.fround(0.1), 1e6],
  f8: [0, -1.5, 1e300, 5e-324, 0.1, Math.PI],
};

function payload(dtype: NpyDtype, values: number[], little: boolean): Uint8Array {
  const size = Number(dtype.slice(1));
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, i) => {
    PUT[dtype](view, i * size, value, little);
  });
  return new Uint8Array(view.buffer);
}

describe("parseNpy", () => {
  for (const [dtype, values] of Object.entries(VALUES) as [NpyDtype, number[]][]) {
    const orders = dtype.endsWith("1") ? ["|", "<", ">", "=", ""] : ["<", ">", "=", "|"];
    it.each(orders)(`reads ${dtype} in byte order "%s"`, (order) => {
      const exact = dtype === "f4" ? values.map(Math.fround) : values;
      const bytes = npy({ descr: order + dtype, shape: [2, 3], payload: payload(dtype, values, order !== ">") });
      const array = parseNpy(bytes, "a.npy");
      expect(array.dtype).toBe(dtype);
      expect(array.shape).toEqual([2, 3]);
      expect(Array.from(array.data)).toEqual(exact);
    });
  }

  it.each([1, 2, 3] as const)("reads format version %d", (version) => {
    const bytes = npy({ descr: "<f4", shape: [3], version, payload: payload("f4", [1, 2, 3], true) });
    expect(Array.from(parseNpy(bytes, "a.npy").data)).toEqual([1, 2, 3]);
  });

  it("puts Fortran order into row-major order, whatever the number of axes", () => {
    // Element [i, j, k] of shape (2, 3, 4) has the value 100 i + 10 j + k; Fortran order runs over i fastest.
    const column: number[] = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) column.push(100 * i + 10 * j + k);
    const row: number[] = [];
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) row.push(100 * i + 10 * j + k);
    const array = parseNpy(
      npy({ descr: ">i2", shape: [2, 3, 4], fortran: true, payload: payload("i2", column, false) }),
      "f.npy",
    );
    expect(Array.from(array.data)).toEqual(row);
    expect(array.data).toBeInstanceOf(Int16Array);
    const flat = parseNpy(
      npy({ descr: "|u1", shape: [3], fortran: true, payload: new Uint8Array([5, 6, 7]) }),
      "f.npy",
    );
    expect(Array.from(flat.data)).toEqual([5, 6, 7]);
  });

  it("copies, and does not sort in place, when the bytes are a Node Buffer", () => {
    const file = Buffer.from(
      npy({ descr: "|u1", shape: [2, 3], fortran: true, payload: new Uint8Array([1, 4, 2, 5, 3, 6]) }),
    );
    const before = Buffer.from(file);
    expect(Array.from(parseNpy(file, "b").data)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(file.equals(before)).toBe(true);
  });

  it("reads scalars, empty axes, Python 2 shapes and double quotes", () => {
    expect(parseNpy(npy({ descr: "<f8", shape: [], payload: payload("f8", [4.25], true) }), "s").shape).toEqual([]);
    expect(parseNpy(npy({ descr: "|u1", shape: [0, 3], payload: new Uint8Array(0) }), "s").data.length).toBe(0);
    const header = `{"descr": "|u1", "fortran_order": False, "shape": (2L, 1L), }`;
    expect(parseNpy(npy({ descr: "", shape: [], header, payload: new Uint8Array([8, 9]) }), "s").shape).toEqual([2, 1]);
  });

  it("reads an array that lies at an odd address", () => {
    const bytes = npy({ descr: "<f8", shape: [2], payload: payload("f8", [1.5, -2.5], true) });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(Array.from(parseNpy(shifted.subarray(3), "odd").data)).toEqual([1.5, -2.5]);
  });

  it("keeps NaN and infinities of half floats", () => {
    const bits = new Uint8Array(new Uint16Array([0x7c00, 0xfc00, 0x7e00]).buffer);
    const { data } = parseNpy(npy({ descr: "<f2", shape: [3], payload: bits }), "h");
    expect(Array.from(data)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });

  const refusals: [string, () => Uint8Array, RegExp][] = [
    ["nothing", () => new Uint8Array(0), /does not begin with the NumPy magic/],
    [
      "a PNG",
      () => new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0]),
      /does not begin with the NumPy magic/,
    ],
    ["an unknown version", () => npy({ descr: "|u1", shape: [1], payload: new Uint8Array(1) }).with(6, 9), /version 9/],
    ["pickled objects", () => npy({ descr: "|O", shape: [1], payload: new Uint8Array(9) }), /pickled Python objects/],
    [
      "sized object type",
      () => npy({ descr: "|O8", shape: [1], payload: new Uint8Array(9) }),
      /pickled Python objects/,
    ],
    ["strings", () => npy({ descr: "<U5", shape: [1], payload: new Uint8Array(20) }), /type "<U5"/],
    ["complex numbers", () => npy({ descr: "<c8", shape: [1], payload: new Uint8Array(8) }), /type "<c8"/],
    [
      "records",
      () =>
        npy({
          descr: "",
          shape: [],
          header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
          payload: new Uint8Array(4),
        }),
      /records/,
    ],
    [
      "a negative axis",
      () =>
        npy({
          descr: "",
          shape: [],
          header: "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",
          payload: new Uint8Array(4),
        }),
      /the axis "-1"/,
    ],
    [
      "no shape",
      () =>
        npy({ descr: "", shape: [], header: "{'descr': '|u1', 'fortran_order': False}", payload: new Uint8Array(4) }),
      /names no shape/,
    ],
    [
      "no order",
      () => npy({ descr: "", shape: [], header: "{'descr': '|u1', 'shape': (4,)}", payload: new Uint8Array(4) }),
      /Fortran order/,
    ],
    [
      "too few bytes",
      () => npy({ descr: "<f4", shape: [2, 2], payload: new Uint8Array(15) }),
      /truncated.*needs 16 bytes, found 15/,
    ],
    [
      "too many bytes",
      () => npy({ descr: "<f4", shape: [2, 2], payload: new Uint8Array(17) }),
      /1 bytes after its array/,
    ],
    ["an absurd shape", () => npy({ descr: "<f4", shape: [1e9, 1e9, 1e9], payload: new Uint8Array(4) }), /truncated/],
    [
      "an integer beyond 2^53",
      () => npy({ descr: "<u8", shape: [2], payload: new Uint8Array(16).fill(255, 8) }),
      /element 1.*2\^53/,
    ],
  ];
  it.each(refusals)("refuses %s", (_, make, message) => {
    const parse = (): unknown => parseNpy(make(), "bad.npy");
    expect(parse).toThrow(DataError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/bad\.npy/);
  });

  it("refuses every truncation of a good file", () => {
    const whole = npy({ descr: "<i4", shape: [2, 2], version: 2, payload: payload("i4", [1, 2, 3, 4], true) });
    expect(parseNpy(whole, "t").shape).toEqual([2, 2]);
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseNpy(whole.subarray(0, length), "t"), `cut to ${length}`).toThrow(DataError);
    }
  });
});

describe("writeNpy", () => {
  it("writes what parseNpy reads, padded to 64 bytes", () => {
    const floats = writeNpy(new Float32Array([1, -2.5, 3, 4, 5, 6]), [2, 3]);
    expect(isNpy(floats)).toBe(true);
    expect(floats.length).toBe(64 * 2 + 24);
    expect(parseNpy(floats, "w")).toEqual({
      dtype: "f4",
      shape: [2, 3],
      data: new Float32Array([1, -2.5, 3, 4, 5, 6]),
    });
    const bytes = parseNpy(writeNpy(new Uint8Array([1, 2, 255]), [3]), "w");
    expect([bytes.dtype, bytes.shape, Array.from(bytes.data)]).toEqual(["u1", [3], [1, 2, 255]]);
  });

  it("writes the header NumPy writes", () => {
    const text = new TextDecoder("latin1").decode(writeNpy(new Uint8Array(6), [6]).subarray(0, 128));
    expect(text.slice(10)).toBe(`${"{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }".padEnd(117)}\n`);
    expect([...text.slice(0, 10)].map((c) => c.charCodeAt(0))).toEqual([0x93, 78, 85, 77, 80, 89, 1, 0, 118, 0]);
  });
});
