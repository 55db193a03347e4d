/** @file Readers of .npy and .npz files. */

import { DataError } from "../util/errors.ts";
import { arrayDataset } from "./array.ts";
import type { Dataset } from "./dataset.ts";
import { nameOf, readFileBytes, withFile } from "./files.ts";
import { MAX_INFLATED_BYTES } from "./inflate.ts";
import { isNpy, type NpyArray, parseNpy } from "./npy.ts";
import type { Reader } from "./reader.ts";
import { isZip, openZip, type ZipArchive } from "./zip.ts";

const DATA_KEYS = ["x", "images", "data", "arr_0"];
const LABEL_KEYS = ["y", "labels", "label"];

/** A single array. */
export const npyReader: Reader = {
  name: "npy",
  describe: ".npy file: images (N, NHW, NHWC or NCHW) or points (ND)",
  builtIn: false,
  options: ["size", "channels", "layout", "range"],
  matches: ({ kind, text, head }) => kind === "file" && (isNpy(head) || /\.npy$/i.test(text)),
  async read({ text }, options): Promise<Dataset> {
    const array = parseNpy(await readFileBytes(text), text);
    return arrayDataset(array, { name: nameOf(text), source: text }, options);
  },
};

/** Named arrays in a zip archive: the samples, and perhaps labels under `y` or `labels`. */
export const npzReader: Reader = {
  name: "npz",
  describe: ".npz file: one array of samples, labels under y or labels if there are any",
  builtIn: false,
  options: ["size", "channels", "layout", "range", "key"],
  matches: ({ kind, text, head }) => kind === "file" && /\.npz$/i.test(text) && (isZip(head) || !isNpy(head)),
  read({ text }, options): Promise<Dataset> {
    return withFile(text, (file) => {
      const archive = openZip(file, text);
      const keys = archive.entries.filter(({ name }) => name.endsWith(".npy")).map(({ name }) => name.slice(0, -4));
      const key = chooseKey(keys, options.key, text);
      const labelKey = LABEL_KEYS.find((name) => name !== key && keys.includes(name));
      const labels = labelKey === undefined ? undefined : readArray(archive, labelKey, text);
      return arrayDataset(
        readArray(archive, key, text),
        { name: nameOf(text), source: `${text}: ${key}`, ...(labels && { labels }) },
        options,
      );
    });
  },
};

function chooseKey(keys: readonly string[], wanted: string | undefined, path: string): string {
  const samples = keys.filter((key) => !LABEL_KEYS.includes(key));
  const key =
    wanted === undefined
      ? (DATA_KEYS.find((name) => samples.includes(name)) ?? (samples.length === 1 ? samples[0] : undefined))
      : keys.find((name) => name === wanted);
  if (key !== undefined) return key;
  const held = keys.length === 0 ? "no arrays" : `the arrays ${keys.join(", ")}`;
  const problem = wanted === undefined ? "none of which is plainly the samples" : `and none named "${wanted}"`;
  throw new DataError(`${path} holds ${held}, ${problem}.`, {
    help:
      keys.length === 0
        ? "Write it with numpy.savez(path, x=images)."
        : "Name the array of samples with the option key.",
  });
}

function readArray(archive: ZipArchive, key: string, path: string): NpyArray {
  const entry = archive.entries.find(({ name }) => name === `${key}.npy`);
  if (entry === undefined) throw new DataError(`${path} holds no array named "${key}".`);
  return parseNpy(archive.read(entry, MAX_INFLATED_BYTES), `${path}: ${key}`);
}
