/** @file Which extractor looks at which samples: the one that was asked for, or the best there is. */

import type { Backend } from "../../backend/backend.ts";
import { randomExtractor } from "../../metrics/extractor.ts";
import { ConfigError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";
import { type OpenExtractor, openExtractor, pointExtractor, type SampleKind, stackedExtractor } from "./extractor.ts";
import { type LenetName, loadLenet } from "./lenet-weights.ts";
import { type ForeignOptions, isModelPath, openOnnxExtractor } from "./onnx-extractor.ts";

/** The extractors by name. Any ONNX file is another. */
export const EXTRACTORS = [
  "points",
  "lenet_mnist",
  "lenet_fashion_mnist",
  "lenet_mnist_stacked",
  "random_conv",
] as const;

/** An extractor's name. */
export type ExtractorName = (typeof EXTRACTORS)[number];

/** Data sets whose classifier Gantry brings. */
const OWN: Readonly<Record<string, ExtractorName>> = {
  mnist: "lenet_mnist",
  "mnist-test": "lenet_mnist",
  "fashion-mnist": "lenet_fashion_mnist",
  "fashion-mnist-test": "lenet_fashion_mnist",
  "stacked-mnist": "lenet_mnist_stacked",
};

/** The extractor for samples of the data set called `dataset`, where none is asked for. */
export function usualExtractor(dataset: string, { kind, shape }: SampleKind): ExtractorName {
  if (kind === "points") return "points";
  const own = OWN[dataset];
  return own !== undefined && shape[1] === 28 && shape[2] === 28 ? own : "random_conv";
}

/**
 * Opens the extractor called `name`, or in the ONNX file of that path, for samples of one kind.
 * @throws ConfigError on an unknown name or options that are for files, ShapeError when the samples do not fit it; for a file as
 * {@link openOnnxExtractor}.
 */
export async function chooseExtractor(
  name: string,
  { kind, shape }: SampleKind,
  backend: Backend,
  foreign: ForeignOptions = {},
): Promise<OpenExtractor> {
  if (isModelPath(name)) return openOnnxExtractor(name, { kind, shape }, foreign);
  if (foreign.range !== undefined || foreign.output !== undefined) {
    throw new ConfigError(`the features ${name} have a range and an output of their own`, {
      help: "--features-range and --features-output are for ONNX files",
    });
  }
  if (!(EXTRACTORS as readonly string[]).includes(name)) {
    throw new ConfigError(`unknown features "${name}".${didYouMean(name, EXTRACTORS)}`, {
      help: `known: ${EXTRACTORS.join(", ")}, or the path of an ONNX file`,
    });
  }
  if ((name === "points") !== (kind === "points")) {
    throw new ConfigError(`the features ${name} do not fit ${kind}`, {
      help: kind === "points" ? "points have the features `points`" : `images have ${EXTRACTORS.slice(1).join(", ")}`,
    });
  }
  const [channels, height, width] = shape as [number, number, number];
  switch (name as ExtractorName) {
    case "points":
      return pointExtractor(shape[0]!);
    case "random_conv":
      return openExtractor(randomExtractor, [channels, height, width], backend);
    case "lenet_mnist_stacked":
      return stackedExtractor(await openExtractor(loadLenet("lenet_mnist"), [1, height, width], backend));
    default:
      return openExtractor(loadLenet(name as LenetName), [channels, height, width], backend);
  }
}
