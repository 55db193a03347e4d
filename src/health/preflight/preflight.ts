/** @file All checks before a training, and running them. */

import type { Check, Note, PreflightCase } from "./check.ts";
import { memory, time } from "./cost.ts";
import { classes, duplicates } from "./data-labels.ts";
import { colours, conversion } from "./data-shape.ts";
import { frame, imageRange, outliers, pointScale, samplesDiffer } from "./data-values.ts";
import { gamma, objective } from "./game.ts";
import { balance, batch } from "./networks.ts";
import { optimizers } from "./optimizers.ts";
import { augmentation, length } from "./overfitting.ts";
import { watching } from "./watching.ts";

/** Checks of the samples alone: a warning of one says that something is wrong with the data. */
export const DATA_CHECKS: readonly Check[] = [
  samplesDiffer,
  imageRange,
  frame,
  pointScale,
  outliers,
  colours,
  conversion,
  duplicates,
];

/** Every check, in the order in which people read them. A new one is a record in a file beside this, and a name here. */
export const CHECKS: readonly Check[] = [
  ...DATA_CHECKS,
  classes,
  balance,
  batch,
  augmentation,
  objective,
  gamma,
  optimizers,
  length,
  watching,
  memory,
  time,
];

/** What the checks find. Pure. */
export function preflight(facts: PreflightCase): Note[] {
  return CHECKS.flatMap(({ name, run }) => run(facts).map((finding) => ({ check: name, ...finding })));
}
