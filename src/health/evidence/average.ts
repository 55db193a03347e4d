/**
 * @file The moving average of the generator. Where one is kept, it is what draws: trained weights that circle round a good generator, or
 * have left it for now, do no harm while the average is good.
 */

import type { EvidenceRow } from "../diagnosis.ts";
import type { History } from "../history.ts";
import { plain, row } from "./evidence.ts";
import { limit } from "./limits.ts";
import { ENERGY_FLOOR } from "./quality.ts";
import { finiteSeries, smoothed } from "./trends.ts";

const SIGNAL = "energy/average";

/**
 * The row that says that samples of the moving average are near reals, by medians of three looks.
 *
 * @returns Null where no average is kept, or was not looked at last, or its samples are not near reals.
 */
export function averageIsGood(history: History): EvidenceRow | null {
  const now = smoothed(finiteSeries(history.looks, SIGNAL)).at(-1);
  if (now === undefined || now.step !== history.looks.at(-1)?.step) return null;
  if (now.value > limit(history, SIGNAL, ENERGY_FLOOR)) return null;
  const says = `samples of the moving average, which draws, are near reals (${plain(now.value)})`;
  return row(history, SIGNAL, now.value, ENERGY_FLOOR, says);
}
