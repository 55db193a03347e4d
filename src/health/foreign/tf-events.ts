/** @file TensorBoard's events: the few fields of their protocol buffers that scalars need. */

/** What an event says. */
export interface TfEvent {
  /** Seconds. */
  readonly wallTime: number;
  readonly step: number;
  /** A session begins: what was written of this and later steps no longer counts. */
  readonly start: boolean;
  /** Single numbers by tag. */
  readonly scalars: readonly { readonly tag: string; readonly value: number }[];
}

/** A field of a message: its number, and its value as bytes, or as a whole number. */
interface Field {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly integer: number;
}

/** Decodes an event. @throws RangeError when the bytes are no message. */
export function decodeEvent(bytes: Uint8Array): TfEvent {
  let [wallTime, step, start] = [Number.NaN, 0, false];
  const scalars: { tag: string; value: number }[] = [];
  for (const { id, bytes: value, integer } of fieldsOf(bytes)) {
    if (id === 1) wallTime = viewOf(value).getFloat64(0, true);
    else if (id === 2) step = integer;
    else if (id === 7) start = [...fieldsOf(value)].some((field) => field.id === 1 && field.integer === 1);
    else if (id === 5) {
      for (const field of fieldsOf(value)) {
        const scalar = field.id === 1 ? scalarOf(field.bytes) : undefined;
        if (scalar !== undefined) scalars.push(scalar);
      }
    }
  }
  return { wallTime, step, start, scalars };
}

/** A value of a summary, where it is one number: a simple value, or a tensor of one element. */
function scalarOf(bytes: Uint8Array): { tag: string; value: number } | undefined {
  let [tag, value] = ["", undefined as number | undefined];
  for (const field of fieldsOf(bytes)) {
    if (field.id === 1) tag = new TextDecoder().decode(field.bytes);
    else if (field.id === 2) value = viewOf(field.bytes).getFloat32(0, true);
    else if (field.id === 8) value = elementOf(field.bytes);
  }
  return value === undefined ? undefined : { tag, value };
}

/** How the element of a tensor of each type lies in its bytes. */
const CONTENT: Readonly<Record<number, readonly [size: number, read: (view: DataView) => number]>> = {
  1: [4, (view) => view.getFloat32(0, true)],
  2: [8, (view) => view.getFloat64(0, true)],
  3: [4, (view) => view.getInt32(0, true)],
  9: [8, (view) => Number(view.getBigInt64(0, true))],
  14: [2, (view) => bfloat16(view.getUint16(0, true))],
  19: [2, (view) => half(view.getUint16(0, true))],
};

/** The only element of a tensor; undefined for any other tensor. */
function elementOf(bytes: Uint8Array): number | undefined {
  const fields = [...fieldsOf(bytes)];
  const type = fields.find(({ id }) => id === 1)?.integer ?? 0;
  const content = fields.find(({ id }) => id === 4);
  const [size, read] = CONTENT[type] ?? [0, () => Number.NaN];
  if (content !== undefined) return size > 0 && content.bytes.length === size ? read(viewOf(content.bytes)) : undefined;
  const lists = fields.filter(({ id }) => [5, 6, 7, 10, 13].includes(id));
  const only = lists[0];
  if (only === undefined || lists.length > 1) return undefined;
  if (only.id === 5) return only.bytes.length === 4 ? viewOf(only.bytes).getFloat32(0, true) : undefined;
  if (only.id === 6) return only.bytes.length === 8 ? viewOf(only.bytes).getFloat64(0, true) : undefined;
  // Whole numbers stand by themselves, or packed, as bytes.
  const packed = only.bytes.length === 0 ? { value: only.integer, end: 0 } : varint(only.bytes, 0);
  if (packed.end !== only.bytes.length) return undefined;
  if (only.id !== 13) return packed.value;
  return type === 14 ? bfloat16(packed.value) : half(packed.value);
}

/** The fields of a message, in order. Those of fixed size and of varying length come as bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<Field, void> {
  let at = 0;
  while (at < bytes.length) {
    const key = varint(bytes, at);
    at = key.end;
    const [id, kind] = [Math.floor(key.value / 8), key.value % 8];
    if (kind === 0) {
      const { value, end } = varint(bytes, at);
      yield { id, bytes: new Uint8Array(0), integer: value };
      at = end;
      continue;
    }
    let length = kind === 1 ? 8 : kind === 5 ? 4 : Number.NaN;
    if (kind === 2) ({ value: length, end: at } = varint(bytes, at));
    if (!(length >= 0) || at + length > bytes.length) throw new RangeError("not a message");
    yield { id, bytes: bytes.subarray(at, at + length), integer: 0 };
    at += length;
  }
}

/** A whole number in groups of seven bits, the lowest first; in two's complement of 64 bits. */
function varint(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0n;
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    const byte = bytes[at] as number;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from));
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), end: at + 1 };
  }
  throw new RangeError("not a message");
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, (bits & 0xffff) << 16);
  return view.getFloat32(0);
}

/** A float16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
