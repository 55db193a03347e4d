/** @file Adaptive discriminator augmentation: a pipeline of image transforms, each with probability p. */

import { z } from "zod";
import type { Shape, Tensor } from "../../graph/ops.ts";
import { ConfigError } from "../../util/errors.ts";
import { entry } from "../../util/registry.ts";
import type { Augment } from "../augment.ts";
import { changeColours } from "./ada-colour.ts";
import { blitMap, geometricMap } from "./ada-geometry.ts";
import { strengthOf, strengthOptions } from "./adaptive.ts";
import { gates } from "./gates.ts";
import { warp } from "./resample.ts";

const parts = ["blit", "geometry", "colour"] as const;

function checkShape([channels, height, width]: Shape): void {
  if (channels !== 1 && channels !== 3) {
    throw new ConfigError(`augment: "ada" is for images of 1 or 3 channels; the data have ${channels}`, {
      help: "set data.channels to 1 or 3",
    });
  }
  if (height !== width) {
    throw new ConfigError(`augment: "ada" turns images, so they must be square; the data are ${width}x${height}`, {
      help: "set data.size to crop them square, or use diffaugment",
    });
  }
}

/** Adaptive discriminator augmentation. */
export const ada = entry({
  name: "ada",
  summary:
    "Flips, turns, moves, scales, and changes of colour, each with probability p (the paper's pipeline bgc); p adapts until r_t = E sign D(x) is at its target.",
  paper: "Karras et al., Training Generative Adversarial Networks with Limited Data, 2020",
  options: z.strictObject({
    parts: z
      .array(z.enum(parts))
      .min(1)
      .default([...parts])
      .describe("blit: flips, quarter turns, whole moves; geometry: scales, turns, fractional moves; colour"),
    ...strengthOptions,
  }),
  // Sizes are the paper's. Where ours differs: images are read by two passes of linear interpolation (resample.ts) where the
  // published code filters by the wavelet sym6, so shrunken images alias; and what a turn brings in from beyond the edge is
  // reflected row by row.
  create: ({ parts: chosen, ...options }): Augment => ({
    kinds: ["images"],
    check: checkShape,
    strength: strengthOf(options),
    transform: (x: Tensor, context) => {
      const gate = gates(x.shape[0]!, context);
      const [blit, geometry] = [chosen.includes("blit"), chosen.includes("geometry")];
      const start = blit ? blitMap(gate, x.shape[2]!) : undefined;
      const map = geometry ? geometricMap(gate, x.shape[2]!, context.strength, start) : start;
      const moved = map === undefined ? x : warp(x, map, "reflection");
      return chosen.includes("colour") ? changeColours(moved, gate) : moved;
    },
  }),
});
