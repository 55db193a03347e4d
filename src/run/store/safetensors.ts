/** @file Reading and writing the safetensors layout as bytes in memory: named arrays and string metadata, nothing that runs. */

import { DataError, invariant } from "../../util/errors.ts";

/** One named array of a run's state: row-major, `data.length` is the product of `shape` (1 for the empty shape). */
export interface StateArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** What a safetensors file holds. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StateArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The element types we store, by their safetensors names. */
export type StateDtype = "F32" | "I32" | "U8";

const BYTES_PER_ELEMENT: Readonly<Record<StateDtype, number>> = { F32: 4, I32: 4, U8: 1 };
const HEADER_LIMIT = 100_000_000;
const METADATA_KEY = "__metadata__";
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

interface Entry {
  readonly name: string;
  readonly dtype: StateDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The safetensors name of an array's element type. */
export function dtypeOf(array: StateArray): StateDtype {
  if (array.data instanceof Float32Array) return "F32";
  return array.data instanceof Int32Array ? "I32" : "U8";
}

/** The bytes of an array, as a view: nothing is copied. */
export function bytesOf(array: StateArray): Uint8Array {
  return new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
}

/** Orders names by code unit, so that files do not depend on the locale. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Encodes a file as chunks to be written one after the other: a header, then one view per array (no array is copied).
 * The same content gives the same bytes whatever the order of the map: four-byte types first, then by name, so that every
 * array is aligned to its element size.
 */
export function encodeSafetensors(file: TensorFile): Uint8Array[] {
  invariant(LITTLE_ENDIAN, "safetensors files are little-endian and this machine is not");
  const ordered = [...file.tensors].sort(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || byName(a, b),
  );
  const header: [string, unknown][] = [];
  const metadata = Object.entries(file.metadata).sort(([a], [b]) => byName(a, b));
  if (metadata.length > 0) header.push([METADATA_KEY, Object.fromEntries(metadata)]);
  let offset = 0;
  for (const [name, array] of ordered) {
    invariant(name !== METADATA_KEY, `an array cannot be named ${METADATA_KEY}`);
    const count = elementCount(array.shape);
    invariant(
      count === array.data.length,
      `array ${name} of shape [${array.shape}] holds ${array.data.length} elements`,
    );
    const end = offset + array.data.byteLength;
    header.push([name, { dtype: dtypeOf(array), shape: array.shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8;
  invariant(padded <= HEADER_LIMIT, `a safetensors header of ${padded} bytes is over the format's limit`);
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  return [head, ...ordered.map(([, array]) => bytesOf(array))];
}

/**
 * Decodes a whole file. Arrays are views of `bytes` where alignment allows (always, for files we wrote and a buffer that
 * starts on a multiple of 4), else copies; so do not reuse `bytes` afterwards.
 *
 * @param source Name for error messages, such as the file's path.
 * @throws DataError when the file is truncated, inconsistent, or holds an element type other than F32, I32 and U8.
 */
export function decodeSafetensors(bytes: Uint8Array, source = "the safetensors data"): TensorFile {
  invariant(LITTLE_ENDIAN, "safetensors files are little-endian and this machine is not");
  const { json, dataStart } = parseHeader(bytes, source);
  const dataLength = bytes.length - dataStart;
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) metadata = parseMetadata(value, source);
    else entries.push(parseEntry(name, value, source));
  }
  checkCoverage(entries, dataLength, source);
  const tensors = new Map(entries.map((e) => [e.name, { shape: e.shape, data: viewData(bytes, dataStart, e) }]));
  return { tensors, metadata };
}

/**
 * Reads only the metadata, from the first bytes of a file.
 *
 * @throws DataError when the header is not complete in `bytes` or not valid.
 */
export function decodeMetadata(bytes: Uint8Array, source = "the safetensors data"): Readonly<Record<string, string>> {
  const { json } = parseHeader(bytes, source);
  return parseMetadata(json[METADATA_KEY] ?? {}, source);
}

/** How many bytes the length prefix and the header take, from the first 8 bytes; undefined when that is not plausible. */
export function headerSize(firstBytes: Uint8Array): number | undefined {
  if (firstBytes.length < 8) return undefined;
  const length = new DataView(firstBytes.buffer, firstBytes.byteOffset, 8).getBigUint64(0, true);
  return length > BigInt(HEADER_LIMIT) ? undefined : 8 + Number(length);
}

function refuse(source: string, what: string, cause?: unknown): never {
  throw new DataError(`${source} is not a valid safetensors file: ${what}`, {
    help: "The file is damaged or of another format; use another copy of it.",
    cause,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function parseHeader(bytes: Uint8Array, source: string): { json: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) refuse(source, `it is truncated: ${bytes.length} bytes, where the header length alone takes 8`);
  const dataStart = headerSize(bytes);
  if (dataStart === undefined) refuse(source, `its header claims to be over the limit of ${HEADER_LIMIT} bytes`);
  if (dataStart > bytes.length) {
    refuse(source, `it is truncated inside the header: ${bytes.length} of at least ${dataStart} bytes are there`);
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart)));
  } catch (cause) {
    refuse(source, "its header is not valid JSON", cause);
  }
  if (!isObject(json)) refuse(source, "its header is not a JSON object");
  return { json, dataStart };
}

function parseMetadata(value: unknown, source: string): Record<string, string> {
  if (!isObject(value)) refuse(source, `${METADATA_KEY} is not an object`);
  const pairs: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") refuse(source, `metadata "${key}" is not a string`);
    pairs.push([key, text]);
  }
  return Object.fromEntries(pairs);
}

function parseEntry(name: string, value: unknown, source: string): Entry {
  if (!isObject(value)) refuse(source, `the entry of tensor "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== "F32" && dtype !== "I32" && dtype !== "U8") {
    throw new DataError(`${source}: tensor "${name}" has dtype ${JSON.stringify(dtype)}, which Gantry does not read`, {
      help: "Gantry reads F32, I32 and U8; convert the tensor first.",
    });
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    refuse(source, `tensor "${name}" has the impossible shape ${JSON.stringify(shape)}`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2) refuse(source, `tensor "${name}" has no pair of data_offsets`);
  const [begin, end] = offsets as unknown[];
  if (!isSize(begin) || !isSize(end) || begin > end) {
    refuse(source, `tensor "${name}" has the impossible data_offsets ${JSON.stringify(offsets)}`);
  }
  const size = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
  if (size !== end - begin) {
    refuse(
      source,
      `tensor "${name}" of shape [${shape}] and dtype ${dtype} needs ${size} bytes but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The arrays must lie one after the other and fill the data exactly: no overlap, no gap, nothing before or after. */
function checkCoverage(entries: readonly Entry[], dataLength: number, source: string): void {
  let position = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < position) refuse(source, `tensor "${entry.name}" overlaps the one before it`);
    if (entry.begin > position) {
      refuse(source, `${entry.begin - position} bytes before tensor "${entry.name}" belong to none`);
    }
    if (entry.end > dataLength) {
      refuse(source, `it is truncated: tensor "${entry.name}" ends ${entry.end - dataLength} bytes after the file`);
    }
    position = entry.end;
  }
  if (position !== dataLength) refuse(source, `${dataLength - position} bytes after the last tensor belong to none`);
}

function viewData(bytes: Uint8Array, dataStart: number, entry: Entry): StateArray["data"] {
  let part = bytes.subarray(dataStart + entry.begin, dataStart + entry.end);
  if (part.byteOffset % BYTES_PER_ELEMENT[entry.dtype] !== 0) part = part.slice();
  const count = part.byteLength / BYTES_PER_ELEMENT[entry.dtype];
  if (entry.dtype === "F32") return new Float32Array(part.buffer, part.byteOffset, count);
  if (entry.dtype === "I32") return new Int32Array(part.buffer, part.byteOffset, count);
  return part;
}
