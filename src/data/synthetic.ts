/**
 * @file Synthetic point sets whose modes are known: the small test beds of the GAN literature.
 *
 * Papers differ in radius, spread and number of samples; each set names the construction it follows. A sample depends
 * on (seed, index) alone, so a smaller `count` gives the first samples of a larger one.
 */

import { fillBits, fillNormal, fillUniform, streamKey } from "../util/rng.ts";
import type { DataOptions, PointDataset } from "./dataset.ts";
import { checkOptions, limited } from "./options.ts";

/** The synthetic sets by name. */
export const SYNTHETIC = { ring, grid, spiral, "two-clusters": twoClusters, "five-gaussians": fiveGaussians } as const;

/**
 * Eight Gaussians, standard deviation 0.01, evenly on the circle of radius 1; each equally likely; labels are the modes.
 *
 * The ring of VEEGAN in the form of PacGAN's code (`2DRing`): 100,000 fixed samples by default.
 */
export function ring(options: DataOptions = {}): PointDataset {
  return mixture("ring", onCircle(8), 0.01, 100_000, options);
}

/**
 * Twenty-five Gaussians, standard deviation 0.05, at {-4, -2, 0, 2, 4}^2; each equally likely; labels are the modes.
 *
 * PacGAN's code (`2DGrid`): 100,000 fixed samples by default. The two coordinates are independent, so a generator that
 * learns only the marginals scores well here: never judge by this set alone.
 */
export function grid(options: DataOptions = {}): PointDataset {
  const line = [-4, -2, 0, 2, 4];
  const centres = line.flatMap((x) => line.map((y) => [x, y]));
  return mixture("grid", centres, 0.05, 100_000, options);
}

/**
 * Five Gaussians of variance 0.002 (standard deviation 0.0447), evenly on the circle of radius 1; each equally likely; labels are
 * the modes.
 *
 * RS-GAN's code (`5gaussian.py`, `datasets.py`): 10,000 fixed samples by default.
 */
export function fiveGaussians(options: DataOptions = {}): PointDataset {
  return mixture("five-gaussians", onCircle(5), Math.sqrt(0.002), 10_000, options);
}

/**
 * The swiss roll of WGAN-GP's `gan_toy.py`: for t = 1.5 pi (1 + 2u), u uniform, the point (t cos t, t sin t) with
 * Gaussian noise of 0.25 on each coordinate, all divided by 7.5. 100,000 samples by default; it has no modes.
 */
export function spiral(options: DataOptions = {}): PointDataset {
  const count = sampleCount(100_000, options);
  const turn = new Float32Array(count);
  fillUniform(streamKey(options.seed ?? 0, "data/spiral/turn"), 0, turn);
  const data = new Float32Array(2 * count);
  fillNormal(streamKey(options.seed ?? 0, "data/spiral/noise"), 0, data);
  for (let i = 0; i < count; i++) {
    const t = 1.5 * Math.PI * (1 + 2 * (turn[i] as number));
    data[2 * i] = (t * Math.cos(t) + 0.25 * (data[2 * i] as number)) / 7.5;
    data[2 * i + 1] = (t * Math.sin(t) + 0.25 * (data[2 * i + 1] as number)) / 7.5;
  }
  return pointSet("spiral", data, 2, []);
}

/**
 * The one-dimensional two-cluster set of RS-GAN (`GAN2_2Cluster.py`): U[0, 0.3] and U[4, 4.3], half of the samples in
 * each (even indices in the first), 100 samples by default, meant to be used as one full batch.
 *
 * `modes` gives the midpoints and the standard deviation of a uniform of that width, 0.3 / sqrt(12).
 */
export function twoClusters(options: DataOptions = {}): PointDataset {
  const data = new Float32Array(sampleCount(100, options));
  fillUniform(streamKey(options.seed ?? 0, "data/two-clusters"), 0, data);
  for (let i = 0; i < data.length; i++) data[i] = 0.3 * (data[i] as number) + 4 * (i % 2);
  return {
    ...pointSet("two-clusters", data, 1, ["Within a cluster the values are uniform over a width of 0.3."]),
    labels: Int32Array.from(data, (_, i) => i % 2),
    classes: ["0..0.3", "4..4.3"],
    modes: { centres: [[0.15], [4.15]], std: 0.3 / Math.sqrt(12) },
  };
}

/** `count` places evenly on the circle of radius 1, the first at (1, 0). */
const onCircle = (count: number): number[][] =>
  Array.from({ length: count }, (_, i) => [Math.cos((2 * Math.PI * i) / count), Math.sin((2 * Math.PI * i) / count)]);

/** Equally weighted isotropic Gaussians in the plane. */
function mixture(
  name: string,
  centres: readonly (readonly number[])[],
  std: number,
  fallback: number,
  options: DataOptions,
): PointDataset {
  const count = sampleCount(fallback, options);
  const bits = new Uint32Array(count);
  fillBits(streamKey(options.seed ?? 0, `data/${name}/mode`), 0, bits);
  const labels = Int32Array.from(bits, (word) => Math.floor((word / 2 ** 32) * centres.length));
  const data = new Float32Array(2 * count);
  fillNormal(streamKey(options.seed ?? 0, `data/${name}/noise`), 0, data);
  for (let i = 0; i < count; i++) {
    const [x = 0, y = 0] = centres[labels[i] as number] as readonly number[];
    data[2 * i] = x + std * (data[2 * i] as number);
    data[2 * i + 1] = y + std * (data[2 * i + 1] as number);
  }
  const classes = centres.map((_, k) => `mode ${k}`);
  return { ...pointSet(name, data, 2, []), labels, classes, modes: { centres, std } };
}

function sampleCount(fallback: number, options: DataOptions): number {
  checkOptions(options);
  return limited(options.count ?? fallback, options);
}

function pointSet(name: string, data: Float32Array, dimensions: number, notes: readonly string[]): PointDataset {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return {
    kind: "points",
    name,
    count: data.length / dimensions,
    shape: [dimensions],
    data,
    valueRange: { min, max, convention: "real" },
    skipped: [],
    notes,
  };
}
