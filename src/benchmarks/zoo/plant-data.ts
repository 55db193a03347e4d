/** @file Data that are not as they should be, written as files that a training reads like any other. */

import { join } from "node:path";
import type { RawConfig } from "../../config/layers.ts";
import type { Dataset } from "../../data/dataset.ts";
import { writeNpy } from "../../data/npy.ts";
import type { DataChange } from "../../health/zoo/program.ts";
import { makeDirectories, writeFileAtomic } from "../../run/store/atomic-file.ts";
import { DataError } from "../../util/errors.ts";
import { fillUniform, streamKey } from "../../util/rng.ts";

/** Changed data as an array to write, and how a config reads them. */
interface Changed {
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly number[];
  /** Keys of `data` beside the source. */
  readonly read: RawConfig;
}

type Change = (data: Dataset, seed: number) => Changed;

const uniform = (seed: number, count: number): Float32Array => {
  const out = new Float32Array(count);
  fillUniform(streamKey(seed, "zoo/plant"), 0, out);
  return out;
};

/** @throws DataError for data of the other kind. */
function ofImages(change: (data: Dataset & { kind: "images" }) => Pick<Changed, "data" | "read">): Change {
  return (data) => {
    if (data.kind !== "images") throw new DataError("this change of data is for images");
    return { shape: [data.count, ...data.shape], ...change(data) };
  };
}

/** @throws DataError for data of the other kind. */
function ofPoints(change: (values: Float32Array, seed: number, data: Dataset) => Float32Array): Change {
  return (data, seed) => {
    if (data.kind !== "points") throw new DataError("this change of data is for points");
    return { data: change(data.data, seed, data), shape: [data.count, ...data.shape], read: {} };
  };
}

const CHANGES: Readonly<Record<DataChange, Change>> = {
  /** Values of 0 to 1 that are said to be of -1 to 1: black becomes grey. */
  "half-range": ofImages(({ data }) => ({
    data: Float32Array.from(data, (value) => value / 255),
    read: { range: "-1..1", layout: "NCHW" },
  })),
  /** A bright frame, two pixels wide, around every real. */
  frame: ofImages(({ data, shape: [, height, width] }) => ({
    data: data.map((value, i) => {
      const [row, column] = [Math.floor(i / width) % height, i % width];
      const edge = Math.min(row, column, height - 1 - row, width - 1 - column) < 2;
      return edge ? 255 : value;
    }),
    read: { layout: "NCHW" },
  })),
  /** Coordinates in other units: a hundred times as large. */
  scaled: ofPoints((values) => values.map((value) => 100 * value)),
  /** Coordinates rounded to quarters of their range. */
  coarse: ofPoints((values) => {
    const step = (Math.max(...values.subarray(0, 1000)) - Math.min(...values.subarray(0, 1000))) / 4;
    return values.map((value) => step * Math.round(value / step));
  }),
  /** A third of the points lie anywhere in a square three times as wide as the data. */
  sprinkled: ofPoints((values, seed) => {
    const reach = 3 * Math.max(...values.subarray(0, 1000).map(Math.abs));
    const random = uniform(seed, values.length + values.length / 2);
    return values.map((value, i) => (random[values.length + (i >> 1)]! < 1 / 3 ? reach * (2 * random[i]! - 1) : value));
  }),
  /** The first half of the modes is left with a third of its samples. */
  skewed: (data, seed) => {
    const { labels, classes, shape } = data;
    if (labels === undefined) throw new DataError("skewing needs labelled data");
    const random = uniform(seed, data.count);
    const size = data.data.length / data.count;
    const kept = [...labels.keys()].filter((i) => labels[i]! >= classes!.length / 2 || random[i]! < 1 / 3);
    const out = data.kind === "images" ? new Uint8Array(kept.length * size) : new Float32Array(kept.length * size);
    kept.forEach((from, to) => {
      out.set(data.data.subarray(from * size, (from + 1) * size), to * size);
    });
    return { data: out, shape: [kept.length, ...shape], read: data.kind === "images" ? { layout: "NCHW" } : {} };
  },
};

/** Writes the changed data below `folder`; gives the keys of `data` of a config that reads them. */
export function plantData(change: DataChange, clean: Dataset, seed: number, folder: string): RawConfig {
  const { data, shape, read } = CHANGES[change](clean, seed);
  makeDirectories(folder);
  const source = join(folder, `${clean.name}-${change}-${seed}.npy`);
  writeFileAtomic(source, [writeNpy(data, shape)]);
  return { source, ...read };
}
