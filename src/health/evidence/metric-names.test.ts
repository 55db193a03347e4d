/** @file Figures by the names that they have in logs, ours and others', and that what is known of them is what the metrics say. */

import { expect, test } from "vitest";
import { metrics } from "../../metrics/metrics.ts";
import { directionOf, metricOf } from "./metric-names.ts";

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
  ["fid-10k-lenet_mnist", "small"],
  ["FID50k_full", "small"],
  ["kid-1k-pixels", "small"],
  ["prdc-10k-x/density", "large"],
  ["prdc-10k-fid_net/density", "large"],
  ["fid-infinity-5k-x", "small"],
  ["swd", "small"],
  ["ppl2_wend", "small"],
  ["f8", "large"],
  ["inception-score", "large"],
  // The extractor's name says nothing of the figure.
  ["fid-10k-inception", "small"],
  ["fid_inception", "small"],
  ["classes-10k-inception", null],
  ["fid-infinity-5k-x/slope", null],
  ["fidelity", null],
  ["accuracy", null],
] as const)("%s is good when %s", (name, side) => {
  expect(directionOf(name)).toBe(side);
});

test("the directions agree with those of the metrics that there are", () => {
  let known = 0;
  for (const { create, options } of Object.values(metrics)) {
    const parsed = options.safeParse({});
    if (!parsed.success) continue;
    const { figures } = (create as (o: unknown) => { figures: object })(parsed.data);
    for (const [figure, side] of Object.entries(figures)) {
      if (directionOf(figure) === null) continue;
      // An unbiased estimate of what is never below 0 is good near 0: small, where there is something to see.
      const nearNothing = typeof side === "object" && side !== null && "near" in side && side.near === 0;
      expect(directionOf(figure), figure).toBe(nearNothing ? "small" : side);
      known++;
    }
  }
  expect(known).toBeGreaterThan(7);
});
