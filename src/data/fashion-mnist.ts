/** @file Fashion-MNIST by name, from Debian's package `dataset-fashion-mnist`. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../util/errors.ts";
import type { DataOptions, ImageDataset } from "./dataset.ts";
import { readIdxDataset } from "./idx.ts";
import type { Reader } from "./reader.ts";

/** Where Debian's package puts it. */
const DEBIAN = "/usr/share/datasets/fashion-mnist";

/** The ten classes, in label order (Xiao, Rasul and Vollgraf, "Fashion-MNIST", 2017). */
const CLASSES = [
  "T-shirt/top",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
] as const;

/** The 60,000 training images. */
export const fashionMnistReader: Reader = reader("fashion-mnist", "train", "60,000");
/** The 10,000 test images. */
export const fashionMnistTestReader: Reader = reader("fashion-mnist-test", "t10k", "10,000");

function reader(name: string, split: "train" | "t10k", count: string): Reader {
  return {
    name,
    describe: `Fashion-MNIST, ${count} pictures of clothes of 28x28 (Debian package dataset-fashion-mnist)`,
    builtIn: true,
    options: ["size", "channels"],
    matches: ({ text }) => text === name,
    read: (_, options) => readFashionMnist(name, split, options),
  };
}

/**
 * Fashion-MNIST's training or test images, uint8 [N, 1, 28, 28], with the names of its classes.
 * @throws DataError when it is not installed, saying how to install it or to pass its folder.
 */
async function readFashionMnist(name: string, split: "train" | "t10k", options: DataOptions): Promise<ImageDataset> {
  const path = join(DEBIAN, `${split}-images-idx3-ubyte.gz`);
  if (!existsSync(path)) {
    throw new DataError(`Fashion-MNIST is not installed: there is no ${path}.`, {
      help: "Install Debian's package dataset-fashion-mnist, or pass the path of a folder that holds its IDX files.",
    });
  }
  return { ...(await readIdxDataset(path, name, options)), classes: CLASSES };
}
