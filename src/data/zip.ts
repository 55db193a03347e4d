/**
 * @file Zip archives by their central directory: stored and deflated entries, zip64, random access.
 *
 * Entry names are only ever compared and shown, never used as paths on disk.
 */

import { crc32 } from "node:zlib";
import { DataError } from "../util/errors.ts";
import { inflatedLimit, inflateRaw } from "./inflate.ts";

/** Bytes with random access: a file, or an array in memory. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `offset`, which the caller has checked against `size`. */
  read(offset: number, length: number): Uint8Array;
}

/** One file in an archive, as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** Declared sizes in bytes. */
  readonly compressedSize: number;
  readonly size: number;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly offset: number;
}

/** An open archive; it reads from its source for as long as that is open. */
export interface ZipArchive {
  /** Entries in directory order, without folders. */
  readonly entries: readonly ZipEntry[];
  /**
   * The inflated bytes of one entry, checked against its declared size and checksum.
   *
   * @throws DataError when it is larger than `maxBytes`, a decompression bomb, encrypted, damaged or of another method.
   */
  read(entry: ZipEntry, maxBytes?: number): Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const STORED = 0;
const DEFLATED = 8;

/** True when `bytes` begin like a zip archive (an empty one included). */
export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && bytes[3] === (bytes[2] ?? 0) + 1
  );
}

/** A byte source over an array in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/**
 * Reads the central directory of an archive.
 *
 * @param name What to call it in error messages, usually its path.
 * @throws DataError when it is no zip archive, truncated, damaged, split over several files, or its entries overlap.
 */
export function openZip(source: ByteSource, name: string): ZipArchive {
  const end = findEnd(source, name);
  const directory = view(source.read(end.offset, end.size));
  const all: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== CENTRAL)
      throw damaged(name, "its directory is broken");
    const length = [28, 30, 32].reduce((sum, field) => sum + directory.getUint16(at + field, true), 46);
    if (at + length > directory.byteLength) throw damaged(name, "its directory is broken");
    all.push(readEntry(directory, at, name));
    at += length;
  }
  refuseOverlaps(all, source.size, name);
  return {
    entries: all.filter((entry) => !entry.name.endsWith("/")),
    read: (entry, maxBytes) => readData(source, entry, maxBytes, name),
  };
}

function damaged(name: string, what: string): DataError {
  return new DataError(`${name} is not a readable zip archive: ${what}.`, {
    help: "Download or write the archive again.",
  });
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint64(data: DataView, at: number): number {
  return data.getUint32(at, true) + data.getUint32(at + 4, true) * 2 ** 32;
}

function findEnd(source: ByteSource, name: string): { offset: number; size: number; count: number } {
  const tailLength = Math.min(source.size, 22 + 0xffff);
  const tailStart = source.size - tailLength;
  const tail = view(source.read(tailStart, tailLength));
  // The end record is followed by a comment whose length it states; scan backwards for one that fits exactly.
  let at = tailLength - 22;
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + 22 + tail.getUint16(at + 20, true) === tailLength)) at--;
  if (at < 0) throw damaged(name, "it has no end record, so it is truncated or something else");
  if (tail.getUint16(at + 4, true) !== 0 && tail.getUint16(at + 4, true) !== 0xffff)
    throw damaged(name, "it is one part of a split archive");
  let count = tail.getUint16(at + 10, true);
  let size = tail.getUint32(at + 12, true);
  let offset = tail.getUint32(at + 16, true);
  let directoryEnd = tailStart + at;
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const locatorAt = tailStart + at - 20;
    const locator = locatorAt < 0 ? undefined : view(source.read(locatorAt, 20));
    if (locator?.getUint32(0, true) === LOCATOR64) {
      const recordAt = uint64(locator, 8);
      if (recordAt + 56 > locatorAt) throw damaged(name, "its zip64 record lies outside the file");
      const record = view(source.read(recordAt, 56));
      if (record.getUint32(0, true) !== END64) throw damaged(name, "its zip64 record is broken");
      count = uint64(record, 32);
      size = uint64(record, 40);
      offset = uint64(record, 48);
      directoryEnd = recordAt;
    }
  }
  if (offset + size > directoryEnd || count * 46 > size)
    throw damaged(name, "its directory lies outside the file, so it is truncated");
  return { offset, size, count };
}

function readEntry(directory: DataView, at: number, archive: string): ZipEntry {
  const nameLength = directory.getUint16(at + 28, true);
  const name = new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength));
  let compressedSize = directory.getUint32(at + 20, true);
  let size = directory.getUint32(at + 24, true);
  let offset = directory.getUint32(at + 42, true);
  // Zip64: fields that did not fit stand in extra field 1, in this order.
  let extra = at + 46 + nameLength;
  const extraEnd = extra + directory.getUint16(at + 30, true);
  while (extra + 4 <= extraEnd) {
    const id = directory.getUint16(extra, true);
    const next = extra + 4 + directory.getUint16(extra + 2, true);
    if (next > extraEnd) break;
    if (id === 1) {
      let field = extra + 4;
      const take = (): number => {
        if (field + 8 > next) throw damaged(archive, `the zip64 sizes of ${quote(name)} are missing`);
        field += 8;
        return uint64(directory, field - 8);
      };
      if (size === 0xffffffff) size = take();
      if (compressedSize === 0xffffffff) compressedSize = take();
      if (offset === 0xffffffff) offset = take();
    }
    extra = next;
  }
  return {
    name,
    compressedSize,
    size,
    offset,
    method: directory.getUint16(at + 10, true),
    encrypted: (directory.getUint16(at + 8, true) & 1) !== 0,
    crc: directory.getUint32(at + 16, true),
  };
}

/** Entries that share bytes are how the densest zip bombs are made; no honest archive has them. */
function refuseOverlaps(entries: readonly ZipEntry[], archiveSize: number, name: string): void {
  const sorted = [...entries].sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const entry of sorted) {
    if (entry.offset < end) throw damaged(name, `its entries overlap at ${quote(entry.name)}, as in a zip bomb`);
    end = entry.offset + 30 + entry.compressedSize;
    if (end > archiveSize) throw damaged(name, `${quote(entry.name)} lies outside the file, so it is truncated`);
  }
}

function readData(source: ByteSource, entry: ZipEntry, maxBytes: number | undefined, archive: string): Uint8Array {
  const label = `${archive}: ${quote(entry.name)}`;
  if (entry.encrypted)
    throw new DataError(`${label} is encrypted.`, { help: "Pack the archive again without a password." });
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw new DataError(`${label} is compressed with method ${entry.method}; only stored and deflate can be read.`, {
      help: "Pack the archive again, for example with `zip -0 -r`.",
    });
  }
  const limit =
    entry.method === STORED ? (maxBytes ?? Number.POSITIVE_INFINITY) : inflatedLimit(entry.compressedSize, maxBytes);
  if (entry.size > limit) {
    throw new DataError(
      `${label} declares ${entry.size} bytes from ${entry.compressedSize} compressed ones: refused as a zip bomb (limit ${limit}).`,
      {
        help: "If the file is meant to be so large, store it uncompressed.",
      },
    );
  }
  const header = view(source.read(entry.offset, 30));
  if (header.getUint32(0, true) !== LOCAL) throw damaged(archive, `the header of ${quote(entry.name)} is broken`);
  const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > source.size) throw damaged(archive, `${quote(entry.name)} is truncated`);
  const packed = source.read(start, entry.compressedSize);
  const bytes = entry.method === STORED ? packed : inflateRaw(packed, entry.size, label);
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc)
    throw damaged(archive, `${quote(entry.name)} does not match its checksum`);
  return bytes;
}

/** An entry name made safe to print: control characters replaced, long names cut. */
function quote(name: string): string {
  const printable = name.replace(/\p{C}/gu, "?");
  return printable.length > 120 ? `${printable.slice(0, 117)}...` : printable;
}
