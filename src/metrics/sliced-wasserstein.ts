/** @file The sliced Wasserstein distance: transport between sorted projections. */

import { DataError } from "../util/errors.ts";
import { fillNormal, streamKey } from "../util/rng.ts";
import { type Features, requireSameExtractor } from "./features.ts";

/** Options of {@link slicedWasserstein}. */
export interface SlicedWassersteinOptions {
  /** Random directions. Default 512. */
  readonly directions?: number;
  /** 1: mean absolute difference of sorted projections; 2: root of the mean square. Default 1. */
  readonly order?: 1 | 2;
  readonly seed?: number;
}

/** Projections of every row on `direction`, sorted. */
function sortedProjection(set: Features, direction: Float64Array): Float64Array {
  const { data, count } = set;
  const d = direction.length;
  const out = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += data[n * d + i]! * direction[i]!;
    out[n] = sum;
  }
  return out.sort();
}

/**
 * The mean, over random directions of length 1, of the Wasserstein distance between the projections of equally many samples.
 * Rabin et al., "Wasserstein Barycenter and Its Application to Texture Mixing" (2011). (The "SWD" of Progressive Growing is this on patches of a
 * Laplacian pyramid, with 512 directions and order 1.)
 *
 * @throws DataError when the sets differ in size.
 */
export function slicedWasserstein(
  a: Features,
  b: Features,
  { directions = 512, order = 1, seed = 0 }: SlicedWassersteinOptions = {},
): number {
  requireSameExtractor(a, b);
  if (a.count !== b.count) {
    throw new DataError(`sets of ${a.count} and ${b.count} samples cannot be matched one to one`, {
      help: "give as many of one as of the other",
    });
  }
  const noise = new Float32Array(a.dimensions);
  let total = 0;
  for (let k = 0; k < directions; k++) {
    fillNormal(streamKey(seed, "metrics/directions"), k, noise);
    const length = Math.hypot(...noise);
    const direction = Float64Array.from(noise, (x) => x / length);
    const [p, q] = [sortedProjection(a, direction), sortedProjection(b, direction)];
    const moved = p.reduce((sum, x, i) => sum + Math.abs(x - q[i]!) ** order, 0) / a.count;
    total += order === 2 ? Math.sqrt(moved) : moved;
  }
  return total / directions;
}
