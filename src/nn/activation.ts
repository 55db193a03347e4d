/** @file Activation layers: element-wise, without parameters. */

import type { Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";
import type { Layer } from "./module.ts";

const elementwise = (kind: string, f: (x: Tensor) => Tensor): Layer => ({ kind, apply: f });

/** max(x, 0). */
export const relu = (): Layer => elementwise("relu", t.relu);
/** x where x > 0, else slope * x. Default slope 0.2, as in DCGAN. */
export const leakyRelu = (slope = 0.2): Layer => elementwise("leakyRelu", (x) => t.leakyRelu(x, slope));
/** Hyperbolic tangent. */
export const tanh = (): Layer => elementwise("tanh", t.tanh);
/** Logistic function. */
export const sigmoid = (): Layer => elementwise("sigmoid", t.sigmoid);
/** log(1 + e^x). */
export const softplus = (): Layer => elementwise("softplus", t.softplus);
