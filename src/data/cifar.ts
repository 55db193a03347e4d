/** @file CIFAR-10's binary version: records of one label byte and 3,072 bytes of 32x32 colour planes. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../util/errors.ts";
import type { DataOptions, Dataset, ImageDataset } from "./dataset.ts";
import { fileError, nameOf, readFileBytes } from "./files.ts";
import { fitImages } from "./fit.ts";
import { limited } from "./options.ts";
import type { Reader, Source } from "./reader.ts";
import { byteRange } from "./values.ts";

const PIXELS = 3072;
const RECORD = 1 + PIXELS;
const CIFAR100_RECORD = 2 + PIXELS;
const CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
/** The folder that the published archive unpacks to. */
const UNPACKED = "cifar-10-batches-bin";
const ADVICE = "Download cifar-10-binary.tar.gz (the binary version), unpack it with `tar xzf`, and pass the folder.";

/** A .bin file, several with commas between them, or a folder of them. */
export const cifarReader: Reader = {
  name: "cifar10",
  describe: "CIFAR-10 binary version: a folder of .bin files, or the files with commas between them",
  builtIn: false,
  options: ["size", "channels"],
  matches: (source) => {
    if (source.kind === "folder")
      return source.entries.some((name) => /^(data_batch_\d|test_batch)/.test(name) || name === UNPACKED);
    if (source.kind === "file") return /\.bin$|\.(tar|tar\.gz|tgz)$/i.test(source.text) || isPickle(source);
    return (
      source.kind === "missing" &&
      source.text.includes(",") &&
      source.text.split(",").every((path) => /\.bin$/i.test(path))
    );
  },
  async read(source, options): Promise<Dataset> {
    if (source.kind === "missing") return readCifar(source.text.split(","), "cifar10", options);
    if (source.kind === "folder") return readFolder(source.text, options);
    if (isPickle(source)) throw pickled(source.text);
    if (!/\.bin$/i.test(source.text)) {
      throw new DataError(`${source.text} is a tar archive, which is not read.`, { help: ADVICE });
    }
    return readCifar([source.text], nameOf(source.text), options);
  },
};

/**
 * Reads CIFAR-10 .bin files, one after the other: uint8 [N, 3, 32, 32] with the ten class names.
 *
 * @throws DataError when a file is truncated, is CIFAR-100 or holds a label above 9.
 */
export async function readCifar(
  paths: readonly string[],
  name: string,
  options: DataOptions = {},
): Promise<ImageDataset> {
  const files = await Promise.all(paths.map(async (path) => ({ path, bytes: await readFileBytes(path) })));
  for (const { path, bytes } of files) requireRecords(path, bytes);
  const count = limited(
    files.reduce((sum, { bytes }) => sum + bytes.length / RECORD, 0),
    options,
  );
  const data = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  let at = 0;
  for (const { path, bytes } of files) {
    for (let i = 0; i < bytes.length / RECORD && at < count; i++, at++) {
      const label = bytes[i * RECORD] as number;
      if (label >= CLASSES.length) {
        throw new DataError(
          `${path}: record ${i} has the label ${label}, above 9: it is damaged or no CIFAR-10 file.`,
          { help: ADVICE },
        );
      }
      labels[at] = label;
      data.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), at * PIXELS);
    }
  }
  const dataset: ImageDataset = {
    kind: "images",
    name,
    count,
    shape: [3, 32, 32],
    data,
    valueRange: byteRange(data),
    labels,
    classes: CLASSES,
    skipped: [],
    notes: [],
  };
  return fitImages(dataset, options);
}

async function readFolder(path: string, options: DataOptions): Promise<ImageDataset> {
  const names = (
    await readdir(path).catch((cause: unknown) => {
      throw fileError(path, cause);
    })
  ).sort();
  if (names.includes(UNPACKED)) return readFolder(join(path, UNPACKED), options);
  const train = names.filter((name) => /^data_batch_\d+\.bin$/.test(name));
  const files = train.length > 0 ? train : names.filter((name) => name === "test_batch.bin");
  if (files.length === 0) throw pickled(path);
  return readCifar(
    files.map((name) => join(path, name)),
    "cifar10",
    options,
  );
}

function requireRecords(path: string, bytes: Uint8Array): void {
  if (bytes.length % RECORD === 0) return;
  if (bytes.length % CIFAR100_RECORD === 0) {
    throw new DataError(`${path} is a CIFAR-100 file (records of ${CIFAR100_RECORD} bytes); only CIFAR-10 is read.`, {
      help: ADVICE,
    });
  }
  throw new DataError(
    `${path} has ${bytes.length} bytes, which is no multiple of ${RECORD}: it is truncated or no CIFAR-10 file.`,
    { help: ADVICE },
  );
}

/** Python pickles of protocol 2 and later begin with 0x80 and the protocol. */
function isPickle({ text, head }: Source): boolean {
  return (
    (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 9) <= 5) ||
    /python\.(tar\.gz|tgz|tar)$|\.(pkl|pickle)$/i.test(text)
  );
}

function pickled(path: string): DataError {
  return new DataError(
    `${path} is the Python version of CIFAR-10: pickled objects, which are never read (they can run code).`,
    { help: ADVICE },
  );
}
