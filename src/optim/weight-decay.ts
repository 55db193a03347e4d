/** @file Decoupled weight decay. */

import { add, mul } from "../graph/tensor.ts";
import { stateless, type Transform } from "./transform.ts";

/**
 * Adds decay * parameters to the update, after whatever came before: with Adam this is AdamW (Loshchilov and Hutter, 2019;
 * the learning rate multiplies the decay, as in PyTorch). All parameters decay, gains and biases too.
 */
export const decayWeights = (decay: number): Transform =>
  stateless((update, parameters) => add(update, mul(parameters, decay)));
