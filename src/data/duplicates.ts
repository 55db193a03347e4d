/** @file Exact duplicates in a data set, found by hashing and confirmed by comparison. */

import type { Dataset } from "./dataset.ts";

/** How many samples repeat an earlier one, with examples. */
export interface Duplicates {
  /** Samples that are equal, bit for bit, to one before them. */
  readonly count: number;
  /** Up to five pairs [first, repeat] of sample indices. */
  readonly examples: readonly (readonly [number, number])[];
  /** How many of the repeats have another label than the sample that they repeat; absent without labels. */
  readonly conflicts?: number;
}

const EXAMPLES = 5;

/** Counts the samples that repeat an earlier one. */
export function findDuplicates(dataset: Dataset): Duplicates {
  const { data, count, labels } = dataset;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const row = bytes.length / count;
  // Chained hash table: heads per bucket, then the next sample with the same bucket.
  const buckets = 2 ** Math.ceil(Math.log2(2 * count));
  const heads = new Int32Array(buckets).fill(-1);
  const next = new Int32Array(count).fill(-1);
  const hashes = new Uint32Array(count);
  const examples: (readonly [number, number])[] = [];
  let repeats = 0;
  let conflicts = 0;
  for (let i = 0; i < count; i++) {
    const hash = hashRow(bytes, i * row, row);
    hashes[i] = hash;
    const bucket = hash & (buckets - 1);
    let other = heads[bucket] as number;
    while (other >= 0 && !(hashes[other] === hash && equalRows(bytes, other * row, i * row, row)))
      other = next[other] as number;
    if (other >= 0) {
      repeats++;
      if (labels !== undefined && labels[other] !== labels[i]) conflicts++;
      if (examples.length < EXAMPLES) examples.push([other, i]);
      continue;
    }
    next[i] = heads[bucket] as number;
    heads[bucket] = i;
  }
  return { count: repeats, examples, ...(labels && { conflicts }) };
}

/** FNV-1a with a final mix, so that its low bits are good. */
function hashRow(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function equalRows(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (bytes[a + k] !== bytes[b + k]) return false;
  return true;
}
