/** @file Metrics and signals by the names that others give them. */

import { expect, test } from "vitest";
import { metricOf, signalOf, trackOf } from "./names.ts";

test.each([
  ["FID", "fid", "small"],
  ["Metrics/fid50k_full", "fid50k_full", "small"],
  ["val_fid", "fid", "small"],
  ["fid-50k-50k", "fid-50k-50k", "small"],
  ["KID", "kid", "small"],
  ["pr50k3_full_precision", "precision-50k3_full", "large"],
  ["is50k_mean", "inception-score-50k", "large"],
  ["inception_score_mean", "inception-score", "large"],
  ["IS_mean", "inception-score", "large"],
  ["inception-score-50k", "inception-score-50k", "large"],
  ["eval/recall", "recall", "large"],
  ["ppl2_wend", "ppl2_wend", "small"],
  ["frechet_inception_distance", "frechet_inception_distance", "small"],
  ["eqt50k_int", "eqt50k_int", "large"],
] as const)("%s is the metric %s, good when %s", (text, name, better) => {
  expect(metricOf(text)).toEqual({ name, better });
});

test.each(["is50k_std", "fid_time", "d_loss", "lr", "kidney", "this", "Timing/total_sec", "precision_loss"])(
  "%s is no metric",
  (text) => {
    expect(metricOf(text)).toBeNull();
  },
);

test.each([
  ["Loss/G/loss", "loss/generator"],
  ["G_loss", "loss/generator"],
  ["loss_D", "loss/discriminator"],
  ["errD", "loss/discriminator"],
  ["Loss/scores/real", "score/real"],
  ["diversity/samples", "diversity/samples"],
  ["nothing", undefined],
  ["Timing/total_sec", undefined],
])("%s is %s", (text, signal) => {
  expect(signalOf(text)).toBe(signal);
});

test("signals of steps and of looks are kept apart", () => {
  expect([trackOf("loss/generator"), trackOf("auc/fake"), trackOf("los/generator")]).toEqual([
    "scalars",
    "looks",
    undefined,
  ]);
});
