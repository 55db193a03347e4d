/** @file Adaptive pseudo augmentation: fakes among the reals. */

import { z } from "zod";
import * as t from "../../graph/tensor.ts";
import { entry } from "../../util/registry.ts";
import type { Augment } from "../augment.ts";
import { strengthOf, strengthOptions } from "./adaptive.ts";

/** Adaptive pseudo augmentation. */
export const apa = entry({
  name: "apa",
  summary:
    "Shows D, in place of each real with probability p, another fake of the same condition; p adapts until r_t = E sign D(x) is at its target.",
  paper: "Jiang et al., Deceive D: Adaptive Pseudo Augmentation for GAN Training with Limited Data, 2021",
  options: z.strictObject(strengthOptions),
  create: (options): Augment => ({
    kinds: ["images", "points"],
    strength: strengthOf(options),
    // The published code takes the fakes of the generator's last step; ours are drawn for the purpose, so nothing is carried.
    replace: (real, pseudo, { random, strength }) => {
      const draw = random(
        "replace",
        real.shape.map((n, i) => (i === 0 ? n : 1)),
        { kind: "uniform" },
      );
      return t.select(t.greater(strength, draw), pseudo(), real);
    },
  }),
});
