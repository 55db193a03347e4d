/** @file Reverse-mode differentiation of a traced scalar. The result is more graph, which can be differentiated again. */

import { topological } from "../graph/graph.ts";
import { type NodeOf, type OpName, type Tensor, typeText } from "../graph/ops.ts";
import { inScope } from "../graph/scope.ts";
import { add, full } from "../graph/tensor.ts";
import { ShapeError } from "../util/errors.ts";
import { vjpRules } from "./vjp.ts";

type AnyVjp = (ct: Tensor, node: NodeOf<OpName>, out: Tensor) => readonly (Tensor | null)[];

/**
 * Gradients of the scalar `loss` with respect to each of `wrt` (any nodes, also intermediate ones).
 *
 * A tensor that `loss` does not depend on gets zeros of its shape.
 * @throws ShapeError when `loss` is not a scalar (shape `[]` or all ones).
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.some((n) => n !== 1)) throw new ShapeError(`grad: the loss must be a scalar, got ${typeText(loss)}`);
  return pullback(loss, full(loss.shape, 1), wrt);
}

/** Vector-Jacobian product: pulls the cotangent `ct` (same shape as `out`) back to each of `wrt`. */
export function pullback(out: Tensor, ct: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const order = topological([out]);
  // Only nodes on a path from `wrt` to `out` take part.
  const active = new Set<Tensor>(wrt);
  for (const node of order) if (node.inputs.some((x) => active.has(x))) active.add(node);

  const cotangents = new Map<Tensor, Tensor>([[out, ct]]);
  for (const node of order.reverse()) {
    const gradient = cotangents.get(node);
    if (gradient === undefined || !node.inputs.some((x) => active.has(x))) continue;
    const rule = vjpRules[node.op] as AnyVjp;
    const parts = inScope(`grad(${node.scope})`, () => rule(gradient, node as NodeOf<OpName>, node));
    node.inputs.forEach((x, i) => {
      const part = parts[i];
      if (!part || !active.has(x)) return;
      const sum = cotangents.get(x);
      cotangents.set(x, sum === undefined ? part : add(sum, part));
    });
  }
  return wrt.map((x) => cotangents.get(x) ?? full(x.shape, 0));
}
