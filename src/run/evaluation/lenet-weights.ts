/** @file The classifiers that come with Gantry: which files they are, and loading them, checked against their SHA-256. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shape } from "../../graph/ops.ts";
import { type Extractor, lenetExtractor } from "../../metrics/extractor.ts";
import { DataError } from "../../util/errors.ts";
import { packageFolder } from "../store/environment.ts";
import { decodeSafetensors } from "../store/safetensors.ts";

/** A classifier of our own, named after the data it was trained on. */
export type LenetName = "lenet_mnist" | "lenet_fashion_mnist";

/** What is known of a file of weights. */
export interface LenetFile {
  /** SHA-256 of assets/NAME.safetensors, as hexadecimal digits. */
  readonly sha256: string;
  /** Share of the 10,000 test images that get their own class. */
  readonly accuracy: number;
  /** What trained it. */
  readonly command: string;
}

/** The files, as they were trained. */
export const LENET_FILES: Readonly<Record<LenetName, LenetFile>> = {
  lenet_mnist: {
    sha256: "180240a59877c00a7938788bacc15535292b5d5e29f0326e2fbf3b0dff0a9c9f",
    accuracy: 0.9953,
    command: "npm run build && node scripts/train-classifier.mjs mnist",
  },
  lenet_fashion_mnist: {
    sha256: "eb60c259329058d669029fe5ed1d9d54407c516423731199b2913965a159d226",
    accuracy: 0.9243,
    command: "npm run build && node scripts/train-classifier.mjs fashion-mnist",
  },
};

/**
 * The trained classifier called `name`: images u8 [N, 1, 28, 28] to 128 features and the probabilities of 10 classes.
 * @param folder Where its file lies. Default: assets/ of the installed package.
 * @throws DataError when the file is missing, or is not the one whose accuracy was measured.
 */
export function loadLenet(name: LenetName, folder = join(packageFolder() ?? ".", "assets")): Extractor {
  const path = join(folder, `${name}.safetensors`);
  const bytes = readAsset(name, path);
  const { sha256, command } = LENET_FILES[name];
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) {
    throw new DataError(`${path} is not the file that Gantry was released with: SHA-256 ${found}, not ${sha256}`, {
      help: `metrics of altered weights compare with nothing: install Gantry again, or restore the file (it was made by \`${command}\`)`,
    });
  }
  const weights = new Map<string, { shape: Shape; data: Float32Array }>();
  for (const [key, { shape, data }] of decodeSafetensors(bytes, path).tensors) {
    if (data instanceof Float32Array) weights.set(key, { shape, data });
  }
  return lenetExtractor(name, weights);
}

function readAsset(name: LenetName, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new DataError(`the weights of ${name} cannot be read from ${path}`, {
      help: "install Gantry again, or choose another extractor, such as random_conv",
      cause,
    });
  }
}
