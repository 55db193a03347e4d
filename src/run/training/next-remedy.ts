/** @file What to try against a failure: the first remedy of its diagnosis that changes anything here. */

import type { Config } from "../../config/config.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { FailureCode } from "../../health/codes.ts";
import { diagnosisOf } from "../../health/diagnoses.ts";
import { applicable } from "../../health/remedies.ts";

/** Name of the remedy to try first; null where none applies. */
export function nextRemedy(code: FailureCode, config: Config, train: Dataset): string | null {
  const { kind, shape, count } = train;
  const context = { code, sample: { kind, shape }, dataCount: count };
  return applicable(diagnosisOf(code)?.remedies ?? [], config, context)[0]?.remedy.name ?? null;
}
