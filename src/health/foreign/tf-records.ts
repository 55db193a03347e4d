/** @file TFRecord: the framing of TensorBoard's event files. Length, checksum of the length, bytes, checksum of the bytes. */

/** How a file of records ended. */
export interface RecordsEnd {
  /** Bytes of whole records. */
  readonly bytes: number;
  /** `end`: all was read; `torn`: the last record is not whole; `damaged`: a checksum does not match. */
  readonly how: "end" | "torn" | "damaged";
}

/** A length above this is damage, not a record: no event is as long. */
const LONGEST = 2 ** 30;
const HEADER = 12;
const FOOTER = 4;

/**
 * The records of a file, whose bytes come in blocks. Reading ends at the first record that is torn or damaged: where one
 * length is wrong, nothing after it can be found.
 */
export function* recordsOf(blocks: Iterable<Uint8Array>): Generator<Uint8Array, RecordsEnd> {
  let rest: Uint8Array = new Uint8Array(0);
  let done = 0;
  for (const block of blocks) {
    const bytes = new Uint8Array(rest.length + block.length);
    bytes.set(rest);
    bytes.set(block, rest.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const length = view.getUint32(at, true);
      const sane = view.getUint32(at + 4, true) === 0 && length <= LONGEST;
      if (!sane || view.getUint32(at + 8, true) !== maskedChecksum(bytes.subarray(at, at + 8))) {
        return { bytes: done, how: "damaged" };
      }
      const size = HEADER + length + FOOTER;
      if (bytes.length - at < size) break;
      const data = bytes.subarray(at + HEADER, at + HEADER + length);
      if (view.getUint32(at + HEADER + length, true) !== maskedChecksum(data)) return { bytes: done, how: "damaged" };
      yield data;
      at += size;
      done += size;
    }
    rest = bytes.subarray(at);
  }
  return { bytes: done, how: rest.length === 0 ? "end" : "torn" };
}

/** CRC-32C turned by 15 bits, plus a constant, so that checksums of checksums are not regular. */
export function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli): polynomial 0x1EDC6F41, bits in reverse order. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});
