/** @file The rows of metrics that count modes: of synthetic sets, and of stacked digits. */

import { z } from "zod";
import { entry } from "../util/registry.ts";
import { stackedReport } from "./classes.ts";
import type { Metric } from "./metric.ts";
import { modeReport } from "./modes.ts";

/** Known modes. */
export const modes = entry({
  name: "modes",
  summary:
    "Known modes captured, share of high quality (within 3σ), reverse KL (of it missing modes and imbalance), KL with a rest bin, spread within modes and offset of their means. Large is good.",
  paper: "Srivastava et al., VEEGAN, 2017; Lin et al., PacGAN, 2018 (their rule)",
  options: z.strictObject({}),
  create: (): Metric => ({
    better: "large",
    figures: {
      captured: "large",
      "high-quality": "large",
      "reverse-kl": "small",
      "reverse-kl/missing": "small",
      "reverse-kl/imbalance": "small",
      "kl-with-rest": "small",
      spread: { near: 1 },
      offset: "small",
    },
    needs: ["modes"],
    uses: "samples",
    compute: async ({ samples, modes }) => {
      const report = modeReport(samples.features.data, modes!);
      return {
        captured: { value: report.captured, ideal: report.capturedCeiling },
        "high-quality": { value: report.highQuality, ideal: report.highQualityCeiling },
        "reverse-kl": { value: report.reverseKl, ideal: report.reverseKlFloor },
        "reverse-kl/missing": { value: report.missing, ideal: 0 },
        "reverse-kl/imbalance": { value: report.imbalance, ideal: report.reverseKlFloor },
        "kl-with-rest": { value: report.klWithRest, ideal: report.klWithRestFloor },
        spread: { value: report.spread, ideal: 1 },
        offset: { value: report.offset, ideal: report.offsetFloor },
      };
    },
  }),
});

/** Modes of Stacked-MNIST. */
export const stacked = entry({
  name: "stacked-modes",
  summary:
    "Triples of digits hit out of 1,000, with KL(generated ‖ uniform) split into missing modes and imbalance. Large is good.",
  paper: "Metz et al., Unrolled Generative Adversarial Networks, 2017; Srivastava et al., VEEGAN, 2017",
  options: z.strictObject({}),
  create: (): Metric => ({
    better: "large",
    figures: {
      "stacked-modes": "large",
      kl: "small",
      "kl/missing": "small",
      "kl/imbalance": "small",
      confidence: "large",
    },
    needs: ["channels"],
    uses: "features",
    compute: async ({ samples }) => {
      const report = stackedReport(samples.channels as Parameters<typeof stackedReport>[0]);
      return {
        // Of few samples even perfect ones leave some out.
        "stacked-modes": { value: report.hit, ideal: 1000 * (1 - (1 - 1 / 1000) ** samples.features.count) },
        kl: { value: report.kl, ideal: report.floor },
        "kl/missing": { value: report.missing },
        "kl/imbalance": { value: report.imbalance },
        confidence: { value: report.confidence },
      };
    },
  }),
});
