/** @file What each figure of each metric claims to see. */

import type { Better } from "../../src/metrics/metric.ts";
import type { Fault } from "../support/planted-sets.ts";

/** One figure. */
export interface FigureRow {
  /** Which values are good. */
  readonly better: Better;
  /** Faults that it must find worse than any fresh reals. */
  readonly sees: readonly Fault[];
  /** Faults that it finds neither worse nor better, and why. */
  readonly blind: Readonly<Partial<Record<Fault, string>>>;
  /** Faults that it holds for better than any fresh reals, and why: whoever chooses by it would choose those. */
  readonly prefers?: Readonly<Partial<Record<Fault, string>>>;
  /** How far reals may be from the ideal that the metric states; where they are few, it may be no more than a ceiling. */
  readonly tolerance?: number | "ceiling";
}

/** One metric: its figures in order, null for those that do not judge; and what becomes of a single sample. */
export interface MetricRow {
  readonly figures: Readonly<Record<string, FigureRow | null>>;
  readonly few: "refused" | "judged";
}

const ofTraining = "copies are as good as the training set";
const moments = "means and covariances hardly change";
const sameClasses = "classes are as they should be";
const sameDigits = "digits are as they should be";
const fidelity = "fidelity alone: what is left is good";
const diversity = "diversity alone";

/** Every metric of the registry. */
export const FIGURES: Readonly<Record<string, MetricRow>> = {
  fid: {
    figures: {
      fid: { better: "small", sees: ["dropped", "equal", "noise"], blind: { shrunken: moments, copies: ofTraining } },
    },
    few: "refused",
  },
  "fid-infinity": {
    figures: {
      "fid-infinity": {
        better: { near: 0 },
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: moments, copies: ofTraining },
      },
      slope: null,
    },
    few: "refused",
  },
  kid: {
    figures: {
      kid: {
        better: { near: 0 },
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: moments, copies: ofTraining },
        tolerance: 0.15,
      },
    },
    few: "refused",
  },
  prdc: {
    figures: {
      coverage: {
        better: "large",
        sees: ["dropped", "equal", "shrunken", "noise"],
        blind: { copies: ofTraining },
        tolerance: 0.03,
      },
      density: {
        better: "large",
        sees: ["noise"],
        blind: { dropped: fidelity, copies: ofTraining },
        prefers: { equal: "above 1 in the middle of a mode", shrunken: "above 1 in the middle of modes" },
        tolerance: 0.1,
      },
      precision: {
        better: "large",
        sees: ["noise"],
        blind: { dropped: fidelity, equal: fidelity, shrunken: fidelity, copies: ofTraining },
      },
      recall: {
        better: "large",
        sees: ["dropped", "equal", "shrunken"],
        blind: {},
        prefers: { copies: "the balls are around the very samples", noise: "balls of far fakes are wide" },
      },
    },
    few: "refused",
  },
  "classifier-score": {
    figures: {
      "classifier-score": {
        better: "large",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: sameClasses, copies: sameClasses },
        tolerance: "ceiling",
      },
    },
    few: "judged",
  },
  "mode-score": {
    figures: {
      "mode-score": {
        better: "large",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: sameClasses, copies: sameClasses },
      },
    },
    few: "judged",
  },
  classes: {
    figures: {
      js: {
        better: "small",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: sameClasses, copies: sameClasses },
        tolerance: 0.01,
      },
      smallest: {
        better: "large",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: sameClasses, copies: sameClasses },
      },
      confidence: {
        better: "large",
        sees: ["noise"],
        blind: { copies: ofTraining },
        prefers: {
          dropped: "the classes that are left are the surer ones",
          equal: "its one class is a sure one",
          shrunken: "the middle of a class is surer than its edge",
        },
      },
    },
    few: "judged",
  },
  ndb: {
    figures: {
      ndb: {
        better: "small",
        sees: ["dropped", "equal", "shrunken", "noise"],
        blind: { copies: ofTraining },
        tolerance: 0.15,
      },
      js: { better: "small", sees: ["dropped", "equal", "shrunken", "noise"], blind: { copies: ofTraining } },
    },
    few: "refused",
  },
  "sliced-wasserstein": {
    figures: {
      "sliced-wasserstein": {
        better: "small",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: "mass moves by less than chance moves it at 500 samples, nearly", copies: ofTraining },
      },
    },
    few: "judged",
  },
  "ms-ssim": {
    figures: {
      "ms-ssim": {
        better: "small",
        sees: ["equal"],
        blind: {
          dropped: "pairs of five modes are hardly more alike than pairs of ten",
          shrunken: "most pairs are of different modes",
          copies: ofTraining,
        },
        prefers: { noise: "noise is like nothing: diversity alone" },
      },
    },
    few: "refused",
  },
  birthday: {
    figures: {
      support: {
        better: "large",
        sees: ["equal", "shrunken"],
        blind: { dropped: "what is left of the modes is continuous", copies: ofTraining, noise: diversity },
      },
      "is-bound": null,
    },
    few: "refused",
  },
  copying: {
    figures: {
      ct: {
        better: { near: 0 },
        sees: ["equal", "shrunken", "copies", "noise"],
        blind: { dropped: "it is of copies alone" },
        tolerance: 3,
      },
      cells: null,
      ratio: {
        better: { near: 1 },
        sees: ["equal", "shrunken", "copies", "noise"],
        blind: { dropped: "it is of distances alone" },
        tolerance: 0.1,
      },
      authenticity: {
        better: "large",
        sees: ["equal", "shrunken", "copies"],
        blind: { dropped: "it is of copies alone" },
        prefers: { noise: "far from the training set: large" },
      },
    },
    few: "refused",
  },
  modes: {
    figures: {
      captured: {
        better: "large",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: "touches every mode", copies: ofTraining },
        tolerance: 1e-9,
      },
      "high-quality": {
        better: "large",
        sees: ["noise"],
        blind: { dropped: fidelity, copies: ofTraining },
        prefers: { equal: "above its ceiling", shrunken: "above its ceiling" },
        tolerance: 0.08,
      },
      "reverse-kl": {
        better: "small",
        sees: ["dropped", "equal"],
        blind: { shrunken: "weighs modes alone", copies: ofTraining, noise: "no sample is in a mode: not a number" },
        tolerance: 0.03,
      },
      "reverse-kl/missing": {
        better: "small",
        sees: ["dropped", "equal", "noise"],
        blind: { shrunken: "touches every mode", copies: ofTraining },
        tolerance: 1e-9,
      },
      "reverse-kl/imbalance": {
        better: "small",
        sees: [],
        blind: {
          dropped: "the modes that are left are even",
          equal: "one mode is even",
          shrunken: "weighs modes alone",
          copies: ofTraining,
          noise: "no sample is in a mode: not a number",
        },
        tolerance: 0.03,
      },
      "kl-with-rest": {
        better: "small",
        sees: ["dropped", "equal", "shrunken", "noise"],
        blind: { copies: ofTraining },
        tolerance: 0.02,
      },
      spread: {
        better: { near: 1 },
        sees: ["shrunken", "equal"],
        blind: {
          dropped: "of samples in modes alone",
          copies: ofTraining,
          noise: "no sample is in a mode: not a number",
        },
        tolerance: 0.05,
      },
      offset: {
        better: "small",
        sees: ["equal"],
        blind: {
          dropped: "of samples in modes alone",
          copies: ofTraining,
          noise: "no sample is in a mode: not a number",
        },
        prefers: { shrunken: "the means are right, and less uncertain" },
        tolerance: 0.1,
      },
    },
    few: "judged",
  },
  "stacked-modes": {
    figures: {
      "stacked-modes": {
        better: "large",
        sees: ["dropped", "equal"],
        blind: { shrunken: sameDigits, copies: sameDigits, noise: "noise is read as digits too: see the confidence" },
        tolerance: 40,
      },
      kl: {
        better: "small",
        sees: ["dropped", "equal"],
        blind: { shrunken: sameDigits, copies: sameDigits, noise: "noise is read as digits too: see the confidence" },
        tolerance: 0.15,
      },
      "kl/missing": {
        better: "small",
        sees: ["dropped", "equal"],
        blind: { shrunken: sameDigits, copies: sameDigits, noise: "noise is read as digits too: see the confidence" },
      },
      "kl/imbalance": null,
      confidence: {
        better: "large",
        sees: ["noise"],
        blind: { dropped: fidelity, equal: fidelity, shrunken: sameDigits, copies: sameDigits },
      },
    },
    few: "judged",
  },
  // Of players, not of samples: src/run/evaluation/duality-gap.test.ts plants its failures in games.
  "duality-gap": {
    figures: {
      "duality-gap": {
        better: "small",
        sees: [],
        blind: {
          dropped: "it looks at no samples",
          equal: "it looks at no samples",
          shrunken: "it looks at no samples",
          copies: "it looks at no samples",
          noise: "it looks at no samples",
        },
        tolerance: 1e-9,
      },
      value: null,
      "discriminator-gain": null,
      "generator-gain": null,
      steps: null,
    },
    few: "judged",
  },
};
