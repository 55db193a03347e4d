/** @file Every kind of data source by name, and the one way in: {@link loadDataset}. */

import { ConfigError, DataError } from "../util/errors.ts";
import { didYouMean } from "../util/suggest.ts";
import { cifarReader } from "./cifar.ts";
import type { DataOptions, Dataset } from "./dataset.ts";
import { fashionMnistReader, fashionMnistTestReader } from "./fashion-mnist.ts";
import { idxReader } from "./idx.ts";
import { isImageName } from "./image-decode.ts";
import { imageFolderReader } from "./image-folder.ts";
import { imageZipReader } from "./image-zip.ts";
import { mnistReader, mnistTestReader } from "./mnist.ts";
import { npyReader, npzReader } from "./npy-reader.ts";
import { checkOptions } from "./options.ts";
import { lookAt, type Reader, type Source } from "./reader.ts";
import { shapesReader } from "./shapes.ts";
import { stackedMnistReader } from "./stacked-mnist.ts";
import { SYNTHETIC } from "./synthetic.ts";

/** All readers; the first that matches a source reads it. A new one is a file and a row here. */
export const READERS: readonly Reader[] = [
  mnistReader,
  mnistTestReader,
  fashionMnistReader,
  fashionMnistTestReader,
  stackedMnistReader,
  syntheticReader("ring", "8 Gaussians on a circle, 100,000 points"),
  syntheticReader("grid", "25 Gaussians on a 5x5 grid, 100,000 points"),
  syntheticReader("spiral", "swiss roll in the plane, 100,000 points"),
  syntheticReader("two-clusters", "two intervals on a line, 100 numbers"),
  syntheticReader("five-gaussians", "5 Gaussians on a circle, 10,000 points"),
  shapesReader,
  npyReader,
  npzReader,
  cifarReader,
  idxReader,
  imageZipReader,
  imageFolderReader,
];

/** Options that only some readers accept; `limit` and `seed` are for all of them. */
const SPECIAL = [
  "size",
  "channels",
  "layout",
  "range",
  "key",
  "skipCorrupt",
  "count",
] as const satisfies (keyof DataOptions)[];

/**
 * Reads a data set into memory.
 *
 * @param source The name of a built-in data set (`mnist`, `ring`, ...) or a path; names win, so write `./mnist` for a
 * folder of that name.
 * @throws DataError when the source is missing, unknown, unreadable or damaged; ConfigError when an option is wrong or
 * does not apply to the source.
 */
export async function loadDataset(source: string, options: DataOptions = {}): Promise<Dataset> {
  checkOptions(options);
  const builtIn = READERS.find((reader) => reader.builtIn && reader.name === source);
  const seen = builtIn === undefined ? await lookAt(source) : named(source);
  const reader = builtIn ?? READERS.find((candidate) => !candidate.builtIn && candidate.matches(seen));
  if (reader === undefined) throw unreadable(seen);
  for (const option of SPECIAL) {
    const value = options[option];
    if (reader.options.includes(option) || value === undefined || value === false) continue;
    throw new ConfigError(`data: the option ${option} does not apply to ${source} (${reader.describe}).`, {
      help: `It accepts ${[...reader.options, "limit", "seed"].join(", ")}.`,
    });
  }
  return reader.read(seen, options);
}

function syntheticReader(name: keyof typeof SYNTHETIC, describe: string): Reader {
  return {
    name,
    describe,
    builtIn: true,
    options: ["count"],
    matches: ({ text }) => text === name,
    read: async (_, options) => SYNTHETIC[name](options),
  };
}

function named(text: string): Source {
  return { text, kind: "missing", head: new Uint8Array(0), entries: [] };
}

function unreadable({ text, kind }: Source): DataError {
  const names = READERS.filter((reader) => reader.builtIn).map((reader) => reader.name);
  const paths = READERS.filter((reader) => !reader.builtIn).map((reader) => `  - ${reader.describe}`);
  const help = `A source is one of ${names.join(", ")}, or the path of a\n${paths.join("\n")}`;
  if (kind === "missing") {
    const isPath = /[\\/]|\.\w+$/.test(text);
    const suggestion = didYouMean(text, names);
    if (isPath && suggestion === "")
      return new DataError(`No such file or folder: ${text}`, {
        help: "Check the path; relative paths start at the current folder.",
      });
    return new DataError(`"${text}" is neither a known data set nor an existing file or folder.${suggestion}`, {
      help,
    });
  }
  if (kind === "special") return new DataError(`${text} is neither a regular file nor a folder.`, { help });
  if (isImageName(text))
    return new DataError(`${text} is a single image.`, { help: "Pass the folder that holds the images." });
  return new DataError(`${text} is not in a format that is known.`, { help });
}
