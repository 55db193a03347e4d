/**
 * @file All derivatives on one screen: how each op turns the cotangent of its result into cotangents of its operands.
 *
 * Rows are written in the same ops they differentiate, so a gradient is a graph and can be differentiated again.
 * A row returns null for an operand that has no gradient.
 */

import type { NodeOf, OpName, Shape, Tensor } from "../graph/ops.ts";
import * as t from "../graph/tensor.ts";

type VjpRules = {
  readonly [K in OpName]: (ct: Tensor, node: NodeOf<K>, out: Tensor) => readonly (Tensor | null)[];
};

/** Sums `ct` down to `shape`: the transpose of broadcasting. */
export function unbroadcast(ct: Tensor, shape: Shape): Tensor {
  const lead = ct.shape.length - shape.length;
  const axes = ct.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && ct.shape[i] !== 1));
  return t.reshape(t.sumKeep(ct, axes), shape);
}

const none = () => [];
const inverse = (perm: readonly number[]) => perm.map((_, i) => perm.indexOf(i));

/** A binary op whose cotangents are computed at the broadcast shape and then summed back. */
function broadcasting(rule: (ct: Tensor, a: Tensor, b: Tensor, out: Tensor) => [Tensor, Tensor]) {
  return (ct: Tensor, { inputs: [a, b] }: { readonly inputs: readonly Tensor[] }, out: Tensor) => {
    const [da, db] = rule(ct, a!, b!, out);
    return [unbroadcast(da, a!.shape), unbroadcast(db, b!.shape)];
  };
}

const product = broadcasting((ct, a, b) => [t.mul(ct, b), t.mul(ct, a)]);

/** Total table of derivatives. */
export const vjpRules: VjpRules = {
  input: none,
  constant: none,

  neg: (ct) => [t.neg(ct)],
  abs: (ct, { inputs: [x] }) => [t.mul(ct, t.sign(x!))],
  sign: () => [null],
  exp: (ct, _, y) => [t.mul(ct, y)],
  log: (ct, { inputs: [x] }) => [t.div(ct, x!)],
  sqrt: (ct, _, y) => [t.div(ct, t.mul(y, 2))],
  tanh: (ct, _, y) => [t.mul(ct, t.sub(1, t.mul(y, y)))],
  sigmoid: (ct, _, y) => [t.mul(ct, t.mul(y, t.sub(1, y)))],
  softplus: (ct, { inputs: [x] }) => [t.mul(ct, t.sigmoid(x!))],
  // The result has the sign of x unless the slope is negative; asking it lets x be forgotten.
  leakyRelu: (ct, { inputs: [x], attrs: { slope } }, y) => [t.leakyReluGrad(slope >= 0 ? y : x!, ct, slope)],
  leakyReluGrad: (ct, { inputs: [x], attrs: { slope } }) => [null, t.leakyReluGrad(x!, ct, slope)],
  stopGradient: () => [null],

  add: broadcasting((ct) => [ct, ct]),
  sub: broadcasting((ct) => [ct, t.neg(ct)]),
  // A square pulls back once: ct is often a broadcast, and doubling that is free.
  mul: (ct, node, out) =>
    node.inputs[0] === node.inputs[1] ? [t.mul(t.mul(ct, 2), node.inputs[0]!), null] : product(ct, node, out),
  div: broadcasting((ct, _, b, y) => [t.div(ct, b), t.neg(t.div(t.mul(ct, y), b))]),
  maximum: broadcasting((ct, a, b) => [t.select(t.greater(a, b), ct, 0), t.select(t.greater(a, b), 0, ct)]),
  minimum: broadcasting((ct, a, b) => [t.select(t.greater(b, a), ct, 0), t.select(t.greater(b, a), 0, ct)]),
  greater: () => [null, null],
  equal: () => [null, null],
  select: (ct, { inputs: [condition, a, b] }) => [
    null,
    unbroadcast(t.select(condition!, ct, 0), a!.shape),
    unbroadcast(t.select(condition!, 0, ct), b!.shape),
  ],
  // Only between floats: rounding to integers and comparing with zero have a zero derivative.
  cast: (ct, { inputs: [x], attrs: { dtype } }) => [x!.dtype === "f32" && dtype === "f32" ? ct : null],

  reshape: (ct, { inputs: [x] }) => [t.reshape(ct, x!.shape)],
  transpose: (ct, { attrs: { perm } }) => [t.transpose(ct, inverse(perm))],
  broadcastTo: (ct, { inputs: [x] }) => [unbroadcast(ct, x!.shape)],
  slice: (ct, { inputs: [x], attrs: { starts, sizes } }) => [
    t.pad(
      ct,
      starts,
      x!.shape.map((n, i) => n - starts[i]! - sizes[i]!),
    ),
  ],
  pad: (ct, { inputs: [x], attrs: { low } }) => [t.slice(ct, low, x!.shape)],
  concat: (ct, { inputs, attrs: { axis } }) => {
    let offset = 0;
    return inputs.map((x) => {
      const part = t.slice(
        ct,
        ct.shape.map((_, i) => (i === axis ? offset : 0)),
        x.shape,
      );
      offset += x.shape[axis]!;
      return part;
    });
  },

  reduceSum: (ct, { inputs: [x] }) => [t.broadcastTo(ct, x!.shape)],
  // Ties share the gradient equally.
  reduceMax: (ct, { inputs: [x], attrs: { axes } }, y) => {
    const hit = t.cast(t.equal(x!, y), "f32");
    return [t.mul(hit, t.div(ct, t.sumKeep(hit, axes)))];
  },

  matmul: (ct, { inputs: [a, b], attrs: { transposeA, transposeB } }) => [
    transposeA
      ? t.matmul(b!, ct, { transposeA: transposeB, transposeB: true })
      : t.matmul(ct, b!, { transposeB: !transposeB }),
    transposeB
      ? t.matmul(ct, a!, { transposeA: true, transposeB: transposeA })
      : t.matmul(a!, ct, { transposeA: !transposeA }),
  ],

  // The three convolutions are closed under differentiation: each is linear in both operands.
  conv: (ct, { inputs: [x, w], attrs }) => [
    t.convTranspose(ct, w!, { ...attrs, size: [x!.shape[2]!, x!.shape[3]!] }),
    t.convFilterGrad(x!, ct, { ...attrs, kernel: [w!.shape[2]!, w!.shape[3]!] }),
  ],
  convTranspose: (ct, { inputs: [y, w], attrs: { size: _, ...geometry } }) => [
    t.conv(ct, w!, geometry),
    t.convFilterGrad(ct, y!, { ...geometry, kernel: [w!.shape[2]!, w!.shape[3]!] }),
  ],
  convFilterGrad: (ct, { inputs: [x, y], attrs: { kernel: _, ...geometry } }) => [
    t.convTranspose(y!, ct, { ...geometry, size: [x!.shape[2]!, x!.shape[3]!] }),
    t.conv(x!, ct, geometry),
  ],
};
