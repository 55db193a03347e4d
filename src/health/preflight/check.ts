/** @file What a check before a training is: it looks at data, networks and config, and says what it found. */

import type { Config } from "../../config/config.ts";
import type { Dataset, ImageConversion } from "../../data/dataset.ts";
import type { ClassSize, SampleStatistics } from "../../data/statistics.ts";
import type { FailureCode } from "../codes.ts";

/** What the data are: everything a check may know of them but the samples. */
export interface DataFacts extends Pick<Dataset, "name" | "kind" | "shape" | "valueRange"> {
  /** Samples that are learned from. */
  readonly count: number;
  readonly skipped: number;
  /** In label order; absent without labels. */
  readonly classes?: readonly ClassSize[];
  readonly conversion?: ImageConversion;
  readonly statistics: SampleStatistics;
  /** Points only: share of those far from all others, as of `outlyingShare`; absent where that cannot be said. */
  readonly outlying?: number;
}

/** What a network is. */
export interface NetworkFacts {
  /** Learned numbers. */
  readonly parameters: number;
  /** Those of the layer that lays the latent out; 0 for a discriminator. */
  readonly first: number;
  /** Whether it normalises by the statistics of a batch. */
  readonly batchNorm: boolean;
}

/** What a step costs, by its compiled phases. */
export interface CostFacts {
  /** Floating-point operations of the convolutions and matrix products of a step, in 10⁹. */
  readonly gflop: number;
  /** Estimated peak memory of the process, in bytes. */
  readonly memory: number;
  /** Memory that the machine has free; undefined where it is not known. */
  readonly free?: number;
  /** Measured seconds for a step, and how many steps were timed. */
  readonly timed?: { readonly seconds: number; readonly steps: number };
}

/** All that is known before the first step. */
export interface PreflightCase {
  readonly config: Config;
  readonly data: DataFacts;
  readonly generator: NetworkFacts;
  readonly discriminator: NetworkFacts;
  /** Length of the training. */
  readonly steps: number;
  /** Real images that will be shown. */
  readonly images: number;
  /** Whether there are reals that the discriminator never learns from. */
  readonly unseen: boolean;
  /** Absent at the start of a training, where there is no time to find out. */
  readonly cost?: CostFacts;
}

/**
 * How grave a note is. `ok`: looked at, nothing to say against it; `info`: worth knowing; `warning`: this is known to fail, or
 * is probably not what was meant; `error`: nothing can be learned, whatever the networks do.
 */
export type NoteLevel = "ok" | "info" | "warning" | "error";

/** What a check found. */
export interface Finding {
  readonly level: NoteLevel;
  /** What was found, with its numbers. */
  readonly message: string;
  /** What to do. Present exactly where the level is not `ok`. */
  readonly help?: string;
  /** The failure that doing so prevents. */
  readonly code?: FailureCode;
}

/** A finding, and who found it. */
export interface Note extends Finding {
  /** Name of the check. */
  readonly check: string;
}

/** One check. */
export interface Check {
  /** Such as `value-range`. */
  readonly name: string;
  /** What is right where it has nothing to say: "Samples differ". */
  readonly title: string;
  /** What it looks at. */
  readonly looksAt: string;
  /** Pure. Empty where it does not apply. */
  readonly run: (facts: PreflightCase) => readonly Finding[];
}

/** All is well, as the numbers in `message` show. */
export const ok = (message: string): Finding => ({ level: "ok", message });

/** A finding that something should be done about. */
export const found = (level: Exclude<NoteLevel, "ok">, message: string, help: string, code?: FailureCode): Finding => ({
  level,
  message,
  help,
  ...(code && { code }),
});

/** 0.1234 -> `12 %`; small shares keep two digits. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 10 || value === 0 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}

/** Three significant digits, without superfluous zeros. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));
