/** @file `gantry/metrics`: features, statistics and metrics as functions, and their registry. Browser-safe. */

export * from "./metrics/birthday.ts";
export * from "./metrics/classes.ts";
export * from "./metrics/coverage-time.ts";
export * from "./metrics/different-bins.ts";
export { type Extractor, lenet, lenetExtractor, randomExtractor } from "./metrics/extractor.ts";
export { type Features, features } from "./metrics/features.ts";
export * from "./metrics/frechet.ts";
export type * from "./metrics/game.ts";
export * from "./metrics/histogram.ts";
export * from "./metrics/kernel-distance.ts";
export * from "./metrics/memorisation.ts";
export type * from "./metrics/metric.ts";
export { metrics } from "./metrics/metrics.ts";
export * from "./metrics/modes.ts";
export { type Moments, type MomentsOptions, moments, momentsBy } from "./metrics/moments.ts";
export * from "./metrics/ms-ssim.ts";
export * from "./metrics/precision-recall.ts";
export { type Products, plainProducts } from "./metrics/products.ts";
export * from "./metrics/sliced-wasserstein.ts";
