/** @file Samples of a run as a file: a picture or an array. */

import { extname, join } from "node:path";
import { nodeBackend } from "../backend/onnx/node.ts";
import type { Dataset } from "../data/dataset.ts";
import { writeNpy } from "../data/npy.ts";
import { loadDataset } from "../data/sources.ts";
import { choices, findClasses, gridColumns } from "../run/sampling/conditions.ts";
import { axisRange, type PointBatch, writeImageGrid, writePointPlot } from "../run/sampling/image-grid.ts";
import { channelsLast, type Drawn, drawSeeds } from "../run/sampling/sample-run.ts";
import type { WeightKind } from "../run/sampling/sampling.ts";
import { writeFileAtomic } from "../run/store/atomic-file.ts";
import type { LoadedRun } from "../run/store/load-run.ts";
import { ConfigError, GantryError } from "../util/errors.ts";

/** What to draw, and where to. */
export interface DrawRequest {
  readonly seeds?: readonly number[];
  /** Classes (of a code: categories) that take turns, by name or number, with commas between. Default all. */
  readonly classes?: string;
  readonly grid?: { readonly columns: number; readonly rows: number };
  readonly out?: string;
  readonly weights: WeightKind;
}

/** What was drawn. */
export interface DrawReport {
  readonly path: string;
  readonly count: number;
  readonly shape: readonly number[];
  readonly weights: WeightKind;
  /** Numbers of the classes that were asked for; absent where nothing was. */
  readonly classes?: readonly number[];
}

const DEFAULT_COUNT = { images: 64, points: 2500 } as const;

function chooseSeeds({ game }: LoadedRun, { seeds, grid }: DrawRequest): readonly number[] {
  const cells = grid === undefined ? DEFAULT_COUNT[game.sample.kind] : grid.columns * grid.rows;
  const chosen = seeds ?? Array.from({ length: cells }, (_, i) => i);
  if (grid !== undefined && chosen.length > cells) {
    throw new ConfigError(`${chosen.length} seeds do not fit into a grid of ${grid.columns}x${grid.rows}`, {
      help: `name at most ${cells} seeds, or a larger --grid`,
    });
  }
  return chosen;
}

/** Draws the samples and writes the file. */
export async function drawSamples(run: LoadedRun, request: DrawRequest): Promise<DrawReport> {
  const { game, config, paths, checkpoint } = run;
  const seeds = chooseSeeds(run, request);
  const weights = game.ema ? request.weights : "raw";
  const classes = request.classes === undefined ? undefined : findClasses(game, request.classes);
  const parts = [
    `seeds-${seeds[0]}-${seeds.at(-1)}`,
    ...(classes === undefined ? [] : [classes.length > 8 ? `${classes.length}-classes` : `class-${classes.join("-")}`]),
    `step-${checkpoint.step}`,
    ...(weights === "raw" && game.ema ? ["raw"] : []),
  ];
  const name = `${parts.join("-")}.png`;
  const path = request.out ?? join(paths.samples, name);
  const kind = extname(path).toLowerCase();
  if (kind !== ".png" && kind !== ".npy") {
    throw new ConfigError(`--out must end in .png or .npy, not "${path}"`, { help: "e.g. --out samples.png" });
  }
  const backend = await nodeBackend({ ...(config.threads !== undefined && { threads: config.threads }) });
  const format = game.sample.kind === "images" ? "pixels" : "raw";
  const drawn = await drawSeeds(run, backend, { seeds, weights, format, ...(classes && { classes }) });
  const stored = channelsLast(drawn);
  if (kind === ".npy") writeFileAtomic(path, [writeNpy(stored.data, stored.shape)]);
  else {
    const turns = gridColumns(seeds.length, classes?.length ?? choices(game.condition));
    await writePicture(path, run, drawn, request.grid?.columns ?? turns);
  }
  const shape = kind === ".npy" ? stored.shape : drawn.shape;
  return { path, count: seeds.length, shape, weights, ...(classes && { classes }) };
}

async function writePicture(path: string, run: LoadedRun, drawn: Drawn, columns: number | undefined): Promise<void> {
  if (run.game.sample.kind === "images") {
    const images = { data: drawn.data as Uint8Array, shape: drawn.shape as [number, number, number, number] };
    await writeImageGrid(path, images, columns === undefined ? {} : { columns });
    return;
  }
  const fakes: PointBatch = { data: drawn.data as Float32Array, shape: drawn.shape as [number, number] };
  const reals = await realPoints(run, fakes.shape);
  await writePointPlot(path, { reals, fakes }, axisRange(reals.shape[0] > 0 ? reals : fakes));
}

/** As many real points as there are fakes, for comparison; none where the data cannot be read any more. */
async function realPoints({ config }: LoadedRun, [count, dimensions]: PointBatch["shape"]): Promise<PointBatch> {
  const { source, mirror: _, holdOut: __, ...given } = config.data;
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  let dataset: Dataset | null = null;
  try {
    dataset = await loadDataset(source, { ...options, seed: config.seed });
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
  }
  if (dataset?.kind !== "points") return { data: new Float32Array(0), shape: [0, dimensions] };
  const used = Math.min(count, dataset.count);
  return { data: dataset.data.subarray(0, used * dimensions), shape: [used, dimensions] };
}
