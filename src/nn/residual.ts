/** @file The residual block as a way to combine layers. */

import { typeText } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { applyLayer, type Layer } from "./module.ts";

/**
 * main(x) + shortcut(x), without a shortcut main(x) + x. Parts are called `main` and `shortcut`.
 * He et al., "Identity Mappings in Deep Residual Networks" (2016).
 * @throws ShapeError when the two ways end in different shapes.
 */
export function residual(main: Layer, shortcut?: Layer): Layer {
  return {
    kind: "residual",
    apply(x, context) {
      const change = applyLayer(main, "main", x, context);
      const kept = shortcut === undefined ? x : applyLayer(shortcut, "shortcut", x, context);
      if (change.shape.join() !== kept.shape.join()) {
        throw new ShapeError(`residual: the block makes ${typeText(change)}, the shortcut ${typeText(kept)}`, {
          help: "give the block a shortcut that changes channels and resolution as its main way does",
        });
      }
      return t.add(change, kept);
    },
  };
}
