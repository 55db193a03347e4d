/** @file Every model in training: a tiny one must learn which colours a trivial set of images has, and where. */

import { describe, expect, it } from "vitest";
import { models } from "../../src/models/models.ts";
import { type TinyTraining, tinyTraining } from "../support/tiny-training.ts";

/** How far each mean may be from the data's, of 2 between black and white. */
const TOLERANCE = 0.25;

/** A tiny training for every model. A new model needs a line here. */
const runs: Readonly<Record<string, Omit<TinyTraining, "model"> & { readonly options?: object }>> = {
  tutorial: { steps: 120, size: 32, options: { latent: 4, base: 8 } },
  dcgan: { steps: 120, options: { base: 4, latent: 4, norm: "spectral" } },
  metz: { steps: 200, options: { base: 4, latent: 4, norm: "spectral" } },
  mlp: { steps: 300, size: 8, options: { width: 16, latent: 4 } },
  resnet: { steps: 120, options: { base: 4, latent: 4, attention: 8 } },
  biggan: { steps: 90, options: { base: 4, latent: 6 } },
  stylegan2: { steps: 200, size: 8, options: { channelMax: 16, channelBase: 128, latent: 8 } },
  // It begins near zero: its blocks start as nothing.
  r3gan: { steps: 300, size: 8, options: { base: 16, width: 16, blocks: 1, groupSize: 8, latent: 8 } },
};

it("has a run for every model", () => {
  expect(Object.keys(runs).sort()).toEqual(Object.keys(models).sort());
});

describe.each(Object.entries(runs))("%s", (name, { options, ...training }) => {
  it("finds the colours of the data", async () => {
    const { data, before, after } = await tinyTraining({ model: { name, ...options }, ...training });
    const off = (means: readonly number[]) => Math.max(...means.map((mean, i) => Math.abs(mean - data[i]!)));
    expect(off(before)).toBeGreaterThan(2 * TOLERANCE);
    expect(off(after)).toBeLessThan(TOLERANCE);
  });
});
