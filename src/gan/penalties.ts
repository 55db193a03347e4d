/** @file Every penalty by name. */

import { registry } from "../util/registry.ts";
import { balancedConsistency, consistency, latentConsistency } from "./penalties/consistency.ts";
import { dragan, r1, r2, wganGp, zeroGp } from "./penalties/gradient.ts";
import { pathLength } from "./penalties/path-length.ts";
import { consensus, lecam, modeSeeking } from "./penalties/players.ts";
import { historicalAveraging, l1, l2, orthogonal } from "./penalties/weights.ts";
import type { Penalty } from "./penalty.ts";

/** The penalty registry. */
export const penalties = registry<Penalty>([
  r1,
  r2,
  wganGp,
  zeroGp,
  dragan,
  lecam,
  modeSeeking,
  consensus,
  consistency,
  balancedConsistency,
  latentConsistency,
  l1,
  l2,
  orthogonal,
  historicalAveraging,
  pathLength,
]);
