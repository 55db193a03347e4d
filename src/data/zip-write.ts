/** @file Writing a zip archive of stored entries, as numpy's `savez` does. */

import { crc32 } from "node:zlib";
import { invariant } from "../util/errors.ts";

/** One file of an archive. */
export interface NewEntry {
  /** ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** 1980-01-01, the earliest date there is: the same content gives the same bytes. */
const DATE = 0x21;

/**
 * An archive of `entries`, not compressed, in pieces that are to be written one after the other.
 * Archives of 4 GiB and more, which need zip64, are not written.
 */
export function storedZip(entries: readonly NewEntry[]): Uint8Array[] {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const text = new TextEncoder().encode(name);
    const crc = crc32(bytes);
    // Version 2.0, no flags, stored, time 0.
    const shared: Field[] = [...[20, 0, 0, 0, DATE].map(u16), u32(crc), u32(bytes.length), u32(bytes.length)];
    const local = record(u32(0x04034b50), ...shared, u16(text.length), u16(0));
    const rest = [text.length, 0, 0, 0, 0].map(u16);
    const central = record(u32(0x02014b50), u16(20), ...shared, ...rest, u32(0), u32(offset));
    files.push(local, text, bytes);
    directory.push(central, text);
    offset += local.length + text.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  invariant(offset + size < 2 ** 32, "an archive of 4 GiB needs zip64");
  const counts = [0, 0, entries.length, entries.length].map(u16);
  const end = record(u32(0x06054b50), ...counts, u32(size), u32(offset), u16(0));
  return [...files, ...directory, end];
}

interface Field {
  readonly bytes: 2 | 4;
  readonly value: number;
}

const u16 = (value: number): Field => ({ bytes: 2, value });
const u32 = (value: number): Field => ({ bytes: 4, value });

/** Little-endian numbers one after the other. */
function record(...fields: readonly Field[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, { bytes }) => sum + bytes, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const { bytes, value } of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return out;
}
