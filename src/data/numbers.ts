/** @file Number formats that typed arrays do not read by themselves: other byte orders, half floats, 64-bit integers. */

/** True on every common machine. */
export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A copy of `bytes` with each group of `size` bytes reversed. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += size) {
    for (let j = 0; j < size; j++) out[i + j] = bytes[i + size - 1 - j] as number;
  }
  return out;
}

let halfTable: Float32Array | undefined;

/** IEEE 754 half-precision bit patterns as float32, through a table of all 65,536 of them. */
export function halfToFloat(bits: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  const table = halfTable;
  return Float32Array.from(bits, (half) => table[half] as number);
}

/**
 * 64-bit integers, given as pairs of 32-bit words in the host's order, as float64.
 *
 * @returns The values, and the index of the first one beyond 2^53 (which is not exact), or -1.
 */
export function wordsToFloat64(words: Uint32Array, signed: boolean): { values: Float64Array; inexactAt: number } {
  const low = HOST_IS_LITTLE_ENDIAN ? 0 : 1;
  const values = new Float64Array(words.length / 2);
  let inexactAt = -1;
  for (let i = 0; i < values.length; i++) {
    const high = words[2 * i + 1 - low] as number;
    const value = (signed ? high | 0 : high) * 2 ** 32 + (words[2 * i + low] as number);
    values[i] = value;
    if (inexactAt < 0 && Math.abs(value) > 2 ** 53) inexactAt = i;
  }
  return { values, inexactAt };
}
