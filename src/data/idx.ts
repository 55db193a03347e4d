/** @file MNIST's IDX format: images and labels in files of their own, plain or gzipped. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../util/errors.ts";
import type { DataOptions, Dataset, ImageDataset } from "./dataset.ts";
import { fileError, nameOf, readFileBytes } from "./files.ts";
import { fitImages } from "./fit.ts";
import { gunzip, isGzip } from "./inflate.ts";
import { labelsFromNumbers } from "./labels.ts";
import { limited } from "./options.ts";
import type { Reader, Source } from "./reader.ts";
import { byteRange } from "./values.ts";

/** An IDX array of unsigned bytes. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Elements in row-major order, sharing memory with the bytes they were parsed from. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const IMAGES_FILE = /images[-._]idx3[-._]ubyte(\.gz)?$/;

/** MNIST-like files: the images file, or a folder that holds it. Labels are found beside it. */
export const idxReader: Reader = {
  name: "idx",
  describe: "MNIST IDX file, or a folder of them, plain or .gz",
  builtIn: false,
  options: ["size", "channels"],
  matches: (source) =>
    source.kind === "folder" ? source.entries.some((name) => IMAGES_FILE.test(name)) : isIdxFile(source),
  async read(source, options): Promise<Dataset> {
    const path = source.kind === "folder" ? join(source.text, chooseImages(source)) : source.text;
    return readIdxDataset(path, source.kind === "folder" ? nameOf(source.text) : nameOf(path), options);
  },
};

/**
 * Reads an IDX file of images and, when there is one beside it (`labels-idx1` for `images-idx3`), its labels.
 *
 * @param path The images file, plain or gzipped (told by its first bytes, not by its name).
 * @throws DataError when a file is truncated, damaged or of another type, or the labels do not fit the images.
 */
export async function readIdxDataset(path: string, name: string, options: DataOptions = {}): Promise<ImageDataset> {
  const [images, labels] = await Promise.all([readIdx(path), readLabels(path)]);
  if (images.shape.length !== 3) {
    throw new DataError(`${path} has ${images.shape.length} axes; images have 3 (count, height, width).`, {
      help: "Pass the images file, not the labels.",
    });
  }
  const [total = 0, height = 0, width = 0] = images.shape;
  if (images.data.length === 0) throw new DataError(`${path} holds no images.`, { help: "Download it again." });
  if (labels !== undefined && labels.data.length !== total) {
    throw new DataError(`${path} holds ${total} images, but the file beside it ${labels.data.length} labels.`, {
      help: "Use files that belong together.",
    });
  }
  const count = limited(total, options);
  const data = images.data.subarray(0, count * height * width);
  const dataset: ImageDataset = {
    kind: "images",
    name,
    count,
    shape: [1, height, width],
    data,
    valueRange: byteRange(data),
    ...(labels && labelsFromNumbers(labels.data.subarray(0, count), path)),
    skipped: [],
    notes: labels === undefined ? ["No labels file was found beside the images."] : [],
  };
  return fitImages(dataset, options);
}

/** Parses IDX bytes (already inflated). Only unsigned bytes are read, which is what images and labels are. */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || rank < 1 || rank > 4) {
    throw new DataError(`${name} is not an IDX file: its magic number is wrong.`, {
      help: "Download it again, and unpack it if it is in an archive.",
    });
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new DataError(
      `${name} holds elements of IDX type 0x${bytes[2]?.toString(16)}; only unsigned bytes (0x8) are read.`,
      { help: "Convert it to .npy." },
    );
  }
  const start = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start) throw truncated(name, start, bytes.length);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const wanted = start + shape.reduce((product, n) => product * n, 1);
  if (bytes.length < wanted) throw truncated(name, wanted, bytes.length);
  if (bytes.length > wanted) {
    throw new DataError(`${name} has ${bytes.length - wanted} bytes more than its header says.`, {
      help: "Download it again.",
    });
  }
  return { shape, data: bytes.subarray(start) };
}

function truncated(name: string, wanted: number, found: number): DataError {
  return new DataError(`${name} is truncated: its header asks for ${wanted} bytes, it has ${found}.`, {
    help: "Download it again.",
  });
}

async function readIdx(path: string): Promise<IdxArray> {
  const bytes = await readFileBytes(path);
  return parseIdx(isGzip(bytes) ? gunzip(bytes, path) : bytes, path);
}

/** Labels beside an images file, if there are any. */
async function readLabels(imagesPath: string): Promise<IdxArray | undefined> {
  const stem = basename(imagesPath).replace(/\.gz$/, "");
  const labelsStem = stem.replace("images", "labels").replace("idx3", "idx1");
  if (labelsStem === stem) return undefined;
  const folder = dirname(imagesPath);
  const names = await readdir(folder).catch((cause: unknown) => {
    throw fileError(folder, cause);
  });
  const name = [labelsStem, `${labelsStem}.gz`].find((candidate) => names.includes(candidate));
  if (name === undefined) return undefined;
  const labels = await readIdx(join(folder, name));
  if (labels.shape.length !== 1) {
    throw new DataError(`${join(folder, name)} has ${labels.shape.length} axes; labels have 1.`, {
      help: "Download it again.",
    });
  }
  return labels;
}

function isIdxFile({ kind, text, head }: Source): boolean {
  if (kind !== "file") return false;
  if (isGzip(head)) return !/\.(tar\.gz|tgz)$/i.test(text);
  return /[-._]ubyte$/.test(text) || (head[0] === 0 && head[1] === 0 && head[2] === UNSIGNED_BYTE);
}

function chooseImages(source: Source): string {
  const files = source.entries.filter((name) => IMAGES_FILE.test(name));
  const train = files.filter((name) => name.startsWith("train"));
  const chosen = train[0] ?? (files.length === 1 ? files[0] : undefined);
  if (chosen === undefined) {
    throw new DataError(`${source.text} holds several image files: ${files.join(", ")}.`, {
      help: "Pass the one to use.",
    });
  }
  return chosen;
}
