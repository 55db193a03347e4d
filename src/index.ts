/**
 * @file The public API of `gantry`: train, sample, and what a config may name.
 *
 * Building blocks have entries of their own: `gantry/graph`, `gantry/nn`, `gantry/gan`, `gantry/browser`.
 */

export { type Device, type NodeBackendOptions, nodeBackend } from "./backend/onnx/node.ts";
export { type Config, type ConfigInput, defineConfig, parseConfig } from "./config/config.ts";
export { mergeConfig, presetConfig, presets } from "./config/layers.ts";
export { type DataDescription, recommend } from "./config/recommended.ts";
export type { DataOptions, Dataset, ImageDataset, PointDataset } from "./data/dataset.ts";
export { type Inspection, inspectDataset } from "./data/inspect.ts";
export { loadDataset, READERS } from "./data/sources.ts";
export { evaluate } from "./run/evaluation/evaluate.ts";
export { type Evaluation, figuresOf, type JudgedFigure } from "./run/evaluation/evaluation.ts";
export type {
  EvaluateOptions,
  Evaluations,
  JudgedSubject,
  JudgingReals,
  LeftOut,
} from "./run/evaluation/evaluations.ts";
export type { ForeignOptions } from "./run/evaluation/onnx-extractor.ts";
export { type StatisticsOptions, statistics, type WrittenStatistics } from "./run/evaluation/statistics.ts";
export { followEvents, readEvents } from "./run/store/event-log.ts";
export type { RunEvent, RunEventOf, RunStatus } from "./run/store/events.ts";
export type { TrainingSummary } from "./run/training/prepare/prepare.ts";
export { type PresetInput, type RunHandle, resume, type TrainOptions, train } from "./run/training/train.ts";
export type { TrainingResult } from "./run/training/trainer.ts";
export { ConfigError, DataError, GantryError, ShapeError } from "./util/errors.ts";
