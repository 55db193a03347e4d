/** @file What a metric is: figures out of features, classes, pixels or known modes, each with what it is for real samples. */

import type { Probabilities } from "./classes.ts";
import type { Features } from "./features.ts";
import type { PlayedGame } from "./game.ts";
import type { KnownModes } from "./modes.ts";
import type { Moments } from "./moments.ts";
import type { Products } from "./products.ts";

/** Images as they are looked at: uint8 [count, C, H, W]. */
export interface Images {
  readonly data: Uint8Array;
  readonly count: number;
  readonly shape: readonly [number, number, number];
}

/** One set of samples in every form that there is of it. */
export interface SampleSet {
  readonly features: Features;
  /** Class probabilities, where the extractor is a classifier. */
  readonly probabilities?: Probabilities;
  /** Digits of each channel, where the samples are stacked digits. */
  readonly channels?: readonly Probabilities[];
  /** Pixels, where the samples are images. */
  readonly images?: Images;
}

/** What tells copies from samples. */
export interface Memory {
  readonly training: Features;
  readonly heldOut: Features;
}

/** What a metric is computed from. */
export interface MetricInputs {
  /** The samples that are judged. */
  readonly samples: SampleSet;
  /** The reals that they are judged by, about as many. */
  readonly reference: SampleSet;
  /** The reals of the reference, all of them, among which is what the generator learned from; and reals that it never saw, where there are such. */
  readonly memory?: Memory;
  /** The true modes, where they are known. */
  readonly modes?: KnownModes;
  /** The players that made the samples, where they are known. */
  readonly game?: PlayedGame;
  readonly products: Products;
  /** Of subsets, directions and cells. */
  readonly seed: number;
}

/** What a metric is computed from where nothing but mean and covariance of the reals is known. */
export interface MomentInputs extends Pick<MetricInputs, "samples" | "products" | "seed"> {
  readonly reference: Moments;
}

/** What a metric needs beside features. */
export type Need = "probabilities" | "channels" | "images" | "modes" | "memory" | "game";

/** One figure. */
export interface Figure {
  readonly value: number;
  /** What theory says it is, on average, for perfect samples: a floor where small is good, else a ceiling. */
  readonly ideal?: number;
  readonly standardError?: number;
}

/** Figures by name. The first is the metric's own; the others say more about it. */
export type Figures = Readonly<Record<string, Figure>>;

/** Which values are good; `near` where both a smaller and a larger value are worse than that number. */
export type Better = "small" | "large" | { readonly near: number };

/** How bad a value is, to be compared with that of another value of the same figure. NaN for a NaN. */
export const badness = (value: number, better: Better): number => {
  if (typeof better === "object") return Math.abs(value - better.near);
  return better === "small" ? value : -value;
};

/** In words: `small`, `large`, `near 0`. */
export const betterText = (better: Better): string => (typeof better === "object" ? `near ${better.near}` : better);

/** How much there is to compute a metric from. */
export interface Sizes {
  readonly samples: number;
  readonly reference: number;
  /** Features of one sample. */
  readonly dimensions: number;
}

/** A row of the metric registry. */
export interface Metric {
  /** Which values of the first figure are good. */
  readonly better: Better;
  /** The figures by name, in order, and which values of each are good; null where neither is, such as for a slope. */
  readonly figures: Readonly<Record<string, Better | null>>;
  /** Why it cannot be computed from so many samples and reals; undefined where it can. Default: it can. */
  readonly obstacle?: (sizes: Sizes) => string | undefined;
  readonly needs: readonly Need[];
  /** Whether the figures depend on the extractor: its name is then part of theirs. */
  readonly uses: "features" | "samples";
  /** How many samples it draws for itself. Default: none, it judges those that it is given. */
  readonly draws?: number;
  readonly compute: (inputs: MetricInputs) => Promise<Figures>;
  /** The same figures from no more of the reals than mean and covariance; absent where these do not suffice. */
  readonly fromMoments?: (inputs: MomentInputs) => Promise<Figures>;
}
