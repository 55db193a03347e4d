/** @file Fully connected layer. */

import { typeText } from "../graph/ops.ts";
import { add, matmul } from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { glorotUniform, type Initializer, zeros } from "./init.ts";
import type { Layer } from "./module.ts";
import { spectralNorm } from "./spectral-norm.ts";

/** Options of {@link dense}. */
export interface DenseOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Divides the weight by its largest singular value. Default false. */
  readonly spectral?: boolean;
  /** Default Glorot uniform. */
  readonly init?: Initializer;
  /** Default zeros. */
  readonly biasInit?: Initializer;
}

/**
 * y = x W^T + b: f32[N, in] -> f32[N, features]. The weight is stored as [features, in].
 * @throws ShapeError when x is not a matrix.
 */
export function dense(features: number, options: DenseOptions = {}): Layer {
  const { bias = true, init = glorotUniform, biasInit = zeros } = options;
  return {
    kind: "dense",
    apply(x, context) {
      if (x.shape.length !== 2) {
        throw new ShapeError(`dense: x must be [N, features], got ${typeText(x)}`, { help: "put flatten() before it" });
      }
      const stored = context.param("weight", [features, x.shape[1]!], init);
      const weight = options.spectral ? spectralNorm(stored, context) : stored;
      const product = matmul(x, weight, { transposeB: true });
      return bias ? add(product, context.param("bias", [features], biasInit)) : product;
    },
  };
}
