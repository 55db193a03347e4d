/**
 * A gradient is a graph, so it can be differentiated again: first on x³, then as the penalty R1 on a tiny discriminator.
 *
 *     node --import jiti/register examples/gradient-of-gradient.ts
 */
import {
  buildGraph,
  evaluate,
  grad,
  input,
  matmul,
  mean,
  mul,
  optimize,
  printGraph,
  square,
  sum,
  tanh,
} from "gantry/graph";

const x = input("x", [4]);
const cubed = sum(mul(x, square(x)));
const [first] = grad(cubed, [x]);
const [second] = grad(sum(first!), [x]);
const graph = optimize(buildGraph({ first: first!, second: second! }));
console.log(printGraph(graph));

const { first: slope, second: curvature } = evaluate(graph, { x: [-1, 0, 1, 2] });
console.log("x³ at -1 0 1 2: 3x² =", slope!.join(" "), "and 6x =", curvature!.join(" "));

// R1 asks for the gradient with respect to the weights of a squared gradient with respect to the data.
const data = input("data", [3, 2]);
const w1 = input("w1", [2, 4]);
const w2 = input("w2", [4, 1]);
const logits = matmul(tanh(matmul(data, w1)), w2);
const [towardsData] = grad(sum(logits), [data]);
const r1 = mul(mean(sum(square(towardsData!), [1])), 0.5);
const [towardsWeights] = grad(r1, [w1]);

const feeds = {
  data: [0.5, -0.2, 0.1, 0.9, -0.7, 0.3],
  w1: [0.3, -0.5, 0.8, 0.1, 0.6, 0.2, -0.4, 0.7],
  w2: [1, -1, 0.5, 0.25],
};
const penalty = (w: readonly number[]) => evaluate(buildGraph({ r1 }), { ...feeds, w1: w }).r1![0]!;
const exact = evaluate(buildGraph({ g: towardsWeights! }), feeds).g![0]!;
const moved = (by: number) => penalty(feeds.w1.map((w, i) => (i === 0 ? w + by : w)));
const measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
console.log(`dR1/dw: ${exact.toFixed(8)} by differentiation, ${measured.toFixed(8)} by differences`);
