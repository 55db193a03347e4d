/** @file Every probe, and a look through all that are asked. */

import type { Look } from "../look.ts";
import type { Baseline } from "./baseline.ts";
import type { Found, Probe, ProbeLevel } from "./probe.ts";
import { bins } from "./probes/bins.ts";
import { copying } from "./probes/copying.ts";
import { diversity } from "./probes/diversity.ts";
import { duplicates } from "./probes/duplicates.ts";
import { energy } from "./probes/energy.ts";
import { featureBins } from "./probes/feature-bins.ts";
import { gradients } from "./probes/gradients.ts";
import { rank } from "./probes/rank.ts";
import { scale } from "./probes/scale.ts";
import { scores } from "./probes/scores.ts";
import { sensitivity } from "./probes/sensitivity.ts";
import { sketches } from "./probes/sketches.ts";
import { spectral, spectralLayers } from "./probes/spectral.ts";
import { tells } from "./probes/tells.ts";

/** Every probe. */
export const PROBES: readonly Probe[] = [
  scores,
  diversity,
  duplicates,
  scale,
  bins,
  rank,
  energy,
  copying,
  tells,
  sensitivity,
  spectral,
  sketches,
  spectralLayers,
  gradients,
  featureBins,
];

/** Levels from the least to the most. */
const LEVELS: readonly ProbeLevel[] = ["light", "standard", "full"];

/** Whether a look of `level` has what `probe` measures. */
export const measuresAt = (level: ProbeLevel | "off", { level: least }: Probe): boolean =>
  level !== "off" && LEVELS.indexOf(least) <= LEVELS.indexOf(level);

/** What `probes` find in a look, together. */
export function measureWith(probes: readonly Probe[], look: Look, baseline: Baseline): Required<Found> {
  const found = probes.map((probe) => probe.measure(look, baseline));
  return {
    values: Object.assign({}, ...found.map(({ values }) => values)),
    vectors: Object.assign({}, ...found.map(({ vectors }) => vectors)),
  };
}

/**
 * Everything that the probes of `level`, and of those below it, find in a look. Where what a probe needs is absent, so
 * is its signal; where it is not finite, the signal is NaN. The arrays of a look must not be altered afterwards: what
 * was computed of them is kept as long as they are.
 */
export function measureLook(level: ProbeLevel, look: Look, baseline: Baseline): Required<Found> {
  const asked = PROBES.filter((probe) => measuresAt(level, probe));
  return measureWith(asked, look, baseline);
}
