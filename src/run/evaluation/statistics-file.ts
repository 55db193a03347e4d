/**
 * @file Reference statistics in a file: mean and covariance of the features of reals, in the form that FID codes exchange
 * (`mu` [D] and `sigma` [D, D] in an .npz), with what made them.
 */

import { withFile } from "../../data/files.ts";
import { type NpyArray, parseNpy, parseNpyText, writeNpy } from "../../data/npy.ts";
import { isZip, openZip, type ZipArchive } from "../../data/zip.ts";
import { storedZip } from "../../data/zip-write.ts";
import { requireSameExtractor } from "../../metrics/features.ts";
import type { Moments } from "../../metrics/moments.ts";
import { DataError } from "../../util/errors.ts";
import { writeFileAtomic } from "../store/atomic-file.ts";
import { identityOf, type OpenExtractor } from "./extractor.ts";

/** Moments as a file holds them: those that other programs write do not say what they are of. */
export interface StoredStatistics extends Omit<Moments, "extractor"> {
  readonly extractor: string | undefined;
}

/**
 * Whether the file is an .npz of statistics rather than of samples: whether it holds `mu` or `sigma`.
 * @throws DataError when it is missing, or a damaged archive.
 */
export async function holdsStatistics(path: string): Promise<boolean> {
  if (!/\.npz$/i.test(path)) return false;
  return withFile(path, (file) => {
    if (!isZip(file.read(0, Math.min(4, file.size)))) return false;
    const keys = keysOf(openZip(file, path));
    return keys.includes("mu") || keys.includes("sigma");
  });
}

const keysOf = ({ entries }: ZipArchive): string[] =>
  entries.filter(({ name }) => name.endsWith(".npy")).map(({ name }) => name.slice(0, -4));

/** Features that are read at most: 2 GiB of covariance. */
const MOST_FEATURES = 16_384;
const MOST_BYTES = 8 * MOST_FEATURES ** 2 + 1024;

/**
 * Reads reference statistics.
 * @throws DataError when the file is missing or damaged, or does not hold a mean and a covariance of finite numbers.
 */
export function readStatistics(path: string): Promise<StoredStatistics> {
  return withFile(path, (file) => {
    const archive = openZip(file, path);
    const keys = keysOf(archive);
    const bytesOf = (key: string) =>
      archive.read(archive.entries.find(({ name }) => name === `${key}.npy`)!, MOST_BYTES);
    const missing = ["mu", "sigma"].find((key) => !keys.includes(key));
    if (missing !== undefined) {
      throw new DataError(`${path} holds no ${missing}: it is not statistics`, {
        help: `it holds ${keys.join(", ") || "no arrays"}; statistics are mu [D] and sigma [D, D], as gantry statistics writes them`,
      });
    }
    const mean = floats(parseNpy(bytesOf("mu"), `${path}: mu`), path, "mu");
    const covariance = floats(parseNpy(bytesOf("sigma"), `${path}: sigma`), path, "sigma");
    const d = mean.shape[0] ?? 0;
    if (mean.shape.length !== 1 || d === 0 || covariance.shape.join() !== [d, d].join()) {
      throw new DataError(`${path}: mu [${mean.shape}] and sigma [${covariance.shape}] are not [D] and [D, D]`, {
        help: "write them again",
      });
    }
    requireCovariance(covariance.data, d, path);
    const count = keys.includes("count") ? parseNpy(bytesOf("count"), `${path}: count`).data[0] : undefined;
    const extractor = keys.includes("extractor") ? parseNpyText(bytesOf("extractor"), `${path}: extractor`) : undefined;
    if (count !== undefined && !(Number(count) >= 2)) {
      throw new DataError(`${path}: its count is ${count}, and statistics are of two samples or more`, {
        help: "compute the statistics again",
      });
    }
    return { mean: mean.data, covariance: covariance.data, count, dimensions: d, extractor };
  });
}

function floats({ dtype, data, shape }: NpyArray, path: string, key: string) {
  if (dtype !== "f4" && dtype !== "f8") {
    throw new DataError(`${path}: ${key} is of type ${dtype}, not float32 or float64`, { help: "write it as float64" });
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(`${path}: ${key} is not finite: entry ${bad} is ${data[bad]}`, {
      help: "compute the statistics again",
    });
  }
  return { data: Float64Array.from(data), shape };
}

/** Differences of mirrored entries up to this share of the largest are rounding: of float32, too. */
const ROUNDING = 1e-5;

function requireCovariance(sigma: Float64Array, d: number, path: string): void {
  const largest = sigma.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  for (let i = 0; i < d; i++) {
    if (sigma[i * d + i]! < -ROUNDING * largest) {
      throw new DataError(`${path}: sigma is no covariance: the variance of feature ${i} is ${sigma[i * d + i]}`, {
        help: "compute the statistics again",
      });
    }
    for (let j = 0; j < i; j++) {
      const most = Math.sqrt(Math.max(0, sigma[i * d + i]! * sigma[j * d + j]!));
      if (Math.abs(sigma[i * d + j]!) > most + ROUNDING * largest) {
        throw new DataError(
          `${path}: sigma is no covariance: [${i}, ${j}] is ${sigma[i * d + j]}, more than the variances of these features allow, ${most}`,
          { help: "compute the statistics again" },
        );
      }
      const [x, y] = [sigma[i * d + j]!, sigma[j * d + i]!];
      if (Math.abs(x - y) <= ROUNDING * largest) continue;
      throw new DataError(`${path}: sigma is not symmetric: [${i}, ${j}] is ${x}, [${j}, ${i}] is ${y}`, {
        help: "compute the statistics again",
      });
    }
  }
}

/**
 * The statistics as moments of what `extractor` sees. Where the file does not say what made them, the caller's word is taken.
 * @throws DataError when they are of another extractor or another number of features.
 */
export function momentsFor(stored: StoredStatistics, extractor: OpenExtractor): Moments {
  const own = { extractor: identityOf(extractor), dimensions: extractor.dimensions };
  const moments = { ...stored, extractor: stored.extractor ?? own.extractor };
  requireSameExtractor(own, moments);
  return moments;
}

/** Writes statistics, all of them or nothing. @throws DataError naming the file and the reason. */
export function writeStatistics(path: string, { mean, covariance, count, dimensions: d, extractor }: Moments): void {
  const arrays: [string, Uint8Array][] = [
    ["mu", writeNpy(mean, [d])],
    ["sigma", writeNpy(covariance, [d, d])],
    ...(count === undefined ? [] : [["count", writeNpy(BigInt64Array.of(BigInt(count)), [])] as [string, Uint8Array]]),
    ["extractor", writeNpy(extractor, [])],
  ];
  writeFileAtomic(path, storedZip(arrays.map(([key, bytes]) => ({ name: `${key}.npy`, bytes }))));
}
