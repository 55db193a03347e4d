/** @file NumPy's .npy format, read and written on plain bytes, so that it works in a browser too. */

import { DataError } from "../util/errors.ts";
import { HOST_IS_LITTLE_ENDIAN, halfToFloat, swapBytes, wordsToFloat64 } from "./numbers.ts";

/** Element types that are read, by NumPy's short name without the byte order. */
export type NpyDtype = "b1" | "u1" | "i1" | "u2" | "i2" | "u4" | "i4" | "u8" | "i8" | "f2" | "f4" | "f8";

/** What elements become in memory: `b1` Uint8Array of 0 and 1, `f2` Float32Array, `u8` and `i8` Float64Array. */
export type NpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An array in row-major (C) order. */
export interface NpyArray {
  readonly dtype: NpyDtype;
  readonly shape: readonly number[];
  /** Elements in row-major order; may share memory with the bytes it was parsed from. */
  readonly data: NpyData;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
/** A real header has a hundred bytes or so; anything beyond this is not a header. */
const MAX_HEADER_BYTES = 1 << 20;
const DTYPES: readonly NpyDtype[] = ["b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"];

/** True when `bytes` begin with the .npy magic string. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * Parses a whole .npy file: versions 1, 2 and 3, every numeric type and bool, either byte order, C or Fortran order.
 *
 * @param bytes The whole file.
 * @param name What to call it in error messages, usually its path.
 * @throws DataError when it is no .npy file, is truncated or has bytes left over, holds pickled objects or another
 * element type, or holds a 64-bit integer beyond 2^53.
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { header, dataOffset } = readHeader(bytes, name);
  const descr = readDescr(header, name);
  const shape = readShape(header, name);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header);
  if (order === null) throw damaged(name, "its header does not say whether it is in Fortran order");

  const count = shape.reduce((product, n) => product * n, 1);
  const itemBytes = Number(descr.dtype.slice(1));
  const wanted = count * itemBytes;
  const found = bytes.length - dataOffset;
  if (!Number.isSafeInteger(wanted) || found < wanted) {
    throw new DataError(
      `${name} is truncated: shape (${shape.join(", ")}) of ${descr.dtype} needs ${wanted} bytes, found ${found}.`,
      {
        help: "Write or download the file again.",
      },
    );
  }
  if (found > wanted) {
    throw new DataError(
      `${name} has ${found - wanted} bytes after its array: it is damaged, or holds more than one array.`,
      {
        help: "Save one array with numpy.save, or several under names with numpy.savez.",
      },
    );
  }
  // A plain view, because the slice() and map() of a Buffer do not do what a Uint8Array's do.
  const raw = new Uint8Array(bytes.buffer, bytes.byteOffset + dataOffset, wanted);
  const data = decode(raw, descr.dtype, descr.littleEndian, name);
  return { dtype: descr.dtype, shape, data: order[1] === "True" ? toRowMajor(data, shape) : data };
}

/**
 * The bytes of a version 1.0 .npy file, little-endian and in C order: `u1` for a Uint8Array, `f4` and `f8` for floats, `i8` for a
 * BigInt64Array, and for a text an array of no axes of type `U`.
 *
 * @param shape Its product must be `data.length`; of a text it is [].
 */
export function writeNpy(
  data: Uint8Array | Float32Array | Float64Array | BigInt64Array | string,
  shape: readonly number[],
): Uint8Array {
  const text = typeof data === "string" ? Uint32Array.from(data, (letter) => letter.codePointAt(0)!) : undefined;
  const values = typeof data === "string" ? text! : data;
  const descr = text === undefined ? DESCR[values.constructor.name]! : `<U${text.length}`;
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  // Magic (6), version (2), length (2), text, spaces, newline: a multiple of 64 bytes in all.
  const total = Math.ceil((10 + header.length + 1) / 64) * 64;
  const out = new Uint8Array(total + values.byteLength);
  out.set(MAGIC);
  out[6] = 1;
  out[8] = (total - 10) & 0xff;
  out[9] = (total - 10) >>> 8;
  out.fill(0x20, 10, total - 1);
  out.set(new TextEncoder().encode(header), 10);
  out[total - 1] = 0x0a;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const size = values.BYTES_PER_ELEMENT;
  out.set(HOST_IS_LITTLE_ENDIAN || size === 1 ? bytes : swapBytes(bytes, size), total);
  return out;
}

const DESCR: Readonly<Record<string, string>> = {
  Uint8Array: "|u1",
  Float32Array: "<f4",
  Float64Array: "<f8",
  BigInt64Array: "<i8",
};

/**
 * The text in a .npy file of one unicode string.
 * @throws DataError when it is no .npy file, is truncated, or holds anything else.
 */
export function parseNpyText(bytes: Uint8Array, name: string): string {
  const { header, dataOffset } = readHeader(bytes, name);
  const [, order, letters] = /['"]descr['"]\s*:\s*['"]([<>])U(\d+)['"]/.exec(header) ?? [];
  const count = readShape(header, name).reduce((product, n) => product * n, 1);
  const length = Number(letters);
  if (order === undefined || count !== 1 || bytes.length !== dataOffset + 4 * length) {
    throw damaged(name, "it is not one text");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset, 4 * length);
  const points = Array.from({ length }, (_, i) => view.getUint32(4 * i, order === "<")).filter((point) => point !== 0);
  if (points.some((point) => point > 0x10ffff)) throw damaged(name, "it is not one text");
  return String.fromCodePoint(...points);
}

function damaged(name: string, what: string): DataError {
  return new DataError(`${name} is not a readable .npy file: ${what}.`, {
    help: "Write it again with numpy.save(path, array).",
  });
}

function readHeader(bytes: Uint8Array, name: string): { header: string; dataOffset: number } {
  if (!isNpy(bytes)) throw damaged(name, "it does not begin with the NumPy magic string");
  const major = bytes[6];
  if (major === undefined) throw damaged(name, "it ends within its header");
  if (major < 1 || major > 3) throw damaged(name, `format version ${major} is unknown`);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw damaged(name, "it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw damaged(name, `its header claims to be ${length} bytes long`);
  if (bytes.length < start + length) throw damaged(name, "it ends within its header");
  const encoding = major === 3 ? "utf-8" : "latin1";
  return {
    header: new TextDecoder(encoding).decode(bytes.subarray(start, start + length)),
    dataOffset: start + length,
  };
}

function readDescr(header: string, name: string): { dtype: NpyDtype; littleEndian: boolean } {
  const match = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(header);
  if (match === null) throw damaged(name, "its header names no element type");
  const types = "bool, int8 to int64, uint8 to uint64, float16, float32 and float64";
  if (match[2] !== undefined) {
    throw new DataError(`${name} holds records (a structured type); only plain numbers can be read.`, {
      help: `Save one field as an array of its own. Readable types: ${types}.`,
    });
  }
  const descr = match[1] as string;
  const parts = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(descr);
  const dtype = DTYPES.find((known) => known === parts?.[2]);
  if (parts === null || dtype === undefined) {
    const pickled = /^\|?O/.test(descr);
    const what = pickled
      ? "pickled Python objects, which are never read (they can run code)"
      : `elements of type "${descr}"`;
    throw new DataError(`${name} holds ${what}.`, {
      help: `Convert it to plain numbers, for example array.astype("float32"). Readable types: ${types}.`,
    });
  }
  return { dtype, littleEndian: parts[1] !== ">" };
}

function readShape(header: string, name: string): number[] {
  const match = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(header);
  if (match === null) throw damaged(name, "its header names no shape");
  const parts = (match[1] as string).split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  return parts.map((part) => {
    // Python 2 wrote long integers with an L.
    if (!/^\d+L?$/.test(part)) throw damaged(name, `its shape has the axis "${part}"`);
    return Number.parseInt(part, 10);
  });
}

function decode(raw: Uint8Array, dtype: NpyDtype, littleEndian: boolean, name: string): NpyData {
  const size = Number(dtype.slice(1));
  let bytes = raw;
  if (size > 1 && littleEndian !== HOST_IS_LITTLE_ENDIAN) bytes = swapBytes(raw, size);
  else if (raw.byteOffset % size !== 0) bytes = new Uint8Array(raw);
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / size;
  switch (dtype) {
    case "u1":
      return bytes;
    case "b1":
      return bytes.map((value) => (value === 0 ? 0 : 1));
    case "i1":
      return new Int8Array(buffer, byteOffset, count);
    case "u2":
      return new Uint16Array(buffer, byteOffset, count);
    case "i2":
      return new Int16Array(buffer, byteOffset, count);
    case "u4":
      return new Uint32Array(buffer, byteOffset, count);
    case "i4":
      return new Int32Array(buffer, byteOffset, count);
    case "f2":
      return halfToFloat(new Uint16Array(buffer, byteOffset, count));
    case "f4":
      return new Float32Array(buffer, byteOffset, count);
    case "f8":
      return new Float64Array(buffer, byteOffset, count);
    case "u8":
    case "i8": {
      const { values, inexactAt } = wordsToFloat64(new Uint32Array(buffer, byteOffset, 2 * count), dtype === "i8");
      if (inexactAt >= 0) {
        throw new DataError(
          `${name} holds ${values[inexactAt]} at element ${inexactAt}: integers beyond 2^53 cannot be read exactly.`,
          {
            help: 'Save it as float64 or as smaller integers, for example array.astype("float64").',
          },
        );
      }
      return values;
    }
  }
}

/** Column-major elements put into row-major order, in a new array of the same type. */
function toRowMajor(data: NpyData, shape: readonly number[]): NpyData {
  const rank = shape.length;
  if (rank < 2 || data.length === 0) return data;
  const out = data.slice();
  const strides: number[] = [];
  let stride = 1;
  for (const n of shape) {
    strides.push(stride);
    stride *= n;
  }
  const last = shape[rank - 1] as number;
  const lastStride = strides[rank - 1] as number;
  const index = new Array<number>(rank - 1).fill(0);
  let base = 0;
  for (let at = 0; at < out.length; ) {
    for (let j = 0; j < last; j++) out[at++] = data[base + j * lastStride] as number;
    // Step the other axes like an odometer, the last of them fastest.
    for (let axis = rank - 2; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      base += strides[axis] as number;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      base -= (shape[axis] as number) * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}
