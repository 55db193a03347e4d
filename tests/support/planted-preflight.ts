/** @file Data with planted faults, and what the checks before a training find in them. */

import { type Config, parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { mergeConfig, presetConfig, type RawConfig } from "../../src/config/layers.ts";
import { describeData } from "../../src/config/recommended.ts";
import type { Dataset, ImageDataset, PointDataset } from "../../src/data/dataset.ts";
import { ring } from "../../src/data/synthetic.ts";
import { preflightCase } from "../../src/health/preflight/case.ts";
import type { CostFacts, Note } from "../../src/health/preflight/check.ts";
import { preflight } from "../../src/health/preflight/preflight.ts";

export const hash = (i: number): number => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 7), 0x85ebca6b) >>> 24;

/** Images of noise, or of what `fill` says of the image and the place in it. */
export function images(
  count: number,
  extra: Partial<ImageDataset> = {},
  fill: (value: number, image: number, place: number) => number = (value) => value,
): ImageDataset {
  const shape = extra.shape ?? ([1, 16, 16] as const);
  const places = shape[0] * shape[1] * shape[2];
  return {
    kind: "images",
    name: "planted",
    count,
    shape,
    data: Uint8Array.from({ length: count * places }, (_, i) => fill(hash(i), Math.floor(i / places), i % places)),
    valueRange: { min: 0, max: 255, convention: "0..255" },
    skipped: [],
    notes: [],
    ...extra,
  };
}

export const points = (change: (value: number, dimension: number) => number): PointDataset => {
  const base = ring({ count: 500 });
  return { ...base, data: base.data.map((value, i) => change(value, i % 2)) };
};

export const labelled = (count: number, label: (i: number) => number, classes: readonly string[]) => ({
  labels: Int32Array.from({ length: count }, (_, i) => label(i)),
  classes,
});

export interface Planted {
  readonly dataset: Dataset;
  readonly raw?: RawConfig;
  readonly unseen?: boolean;
  readonly mostBytes?: number;
  readonly cost?: CostFacts;
}

/** What is found before a training by the recommended recipe with `raw` laid over it. */
export function notesOf({ dataset, raw = {}, unseen = true, ...rest }: Planted): Note[] {
  const base = presetConfig("recommended", describeData(dataset));
  const config: Config = parseConfig(
    mergeConfig(mergeConfig(base, { data: { source: "planted" }, metrics: { list: "fid" } }), raw),
  );
  const { kind, shape, classes } = dataset;
  const game = gameFromConfig(config, { kind, shape, ...(classes && { classes }) });
  return preflight(preflightCase({ config, dataset, game, unseen, ...rest }));
}

/** Level, failure and message of what `check` found. */
export const foundBy = (check: string, planted: Planted): string[] =>
  notesOf(planted)
    .filter((note) => note.check === check)
    .map(({ level, code, message }) => `${level}${code === undefined ? "" : ` ${code}`}: ${message}`);

export const many = images(6000);
export const dots = ring({ count: 20_000 });
export const dcgan: RawConfig = { model: { name: "dcgan", norm: "batch" }, objective: "non-saturating", penalties: [] };

export const grey = { shape: [3, 16, 16] as const };
export const tenth = (count: number) => labelled(count, (i) => i % 10, [..."0123456789"]);
/** Images of which the second half repeats the first. */
export const twice = images(
  200,
  labelled(200, (i) => (i < 100 ? 0 : 1), ["a", "b"]),
  (_, image, place) => hash(256 * (image % 100) + place),
);
export const adam = (options: object) => ({ optimizer: { generator: { name: "adam", ...options } } });

/** Faults of one check: what is planted, and what must be found. */
export type Faults = readonly (readonly [fault: string, planted: Planted, found: RegExp])[];
