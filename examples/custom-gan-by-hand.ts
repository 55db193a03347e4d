/**
 * A GAN without the trainer: trace both losses, differentiate, compile one step, run it. It learns points on a circle.
 *
 *     node --import jiti/register examples/custom-gan-by-hand.ts [steps]
 */
import { webBackend } from "gantry/browser";
import * as t from "gantry/graph";
import { adam, pack, packLayout, unpack } from "gantry/nn";

const [batch, hidden, rate] = [128, 32, 3e-3];
const steps = Number(process.argv[2] ?? 3000);

const shapes = { w1: [2, hidden], b1: [hidden], w2: [hidden, 2], b2: [2] };
const layout = packLayout(Object.entries(shapes).map(([name, shape]) => ({ name, shape })));
/** Two layers from points to points; the discriminator adds up its two outputs. */
function network(x: t.Tensor, [w1, b1, w2, b2]: readonly t.Tensor[]): t.Tensor {
  return t.add(t.matmul(t.leakyRelu(t.add(t.matmul(x, w1!), b1!), 0.2), w2!), b2!);
}

const [g, d] = [t.input("g", [layout.length]), t.input("d", [layout.length])];
const [gWeights, dWeights] = [g, d].map((vector) => [...unpack(vector, layout).values()]);
const [real, z] = [t.input("real", [batch, 2]), t.input("z", [batch, 2])];
const fake = network(z, gWeights!);
const judge = (x: t.Tensor) => t.sum(network(x, dWeights!), [1]);

// The penalty R1 holds a gradient; the step differentiates it once more.
const [slope] = t.grad(t.sum(judge(real)), [real]);
const r1 = t.mul(t.mean(t.sum(t.square(slope!), [1])), 0.05);
const dLoss = t.add(t.mean(t.softplus(t.neg(judge(real)))), t.mean(t.softplus(judge(fake))));
const gLoss = t.mean(t.softplus(t.neg(judge(fake))));

const optimizer = adam({ beta1: 0, beta2: 0.99 });
const outputs: Record<string, t.Tensor> = { fake };
const state: Record<string, t.HostArray> = {};
function learn(name: string, vector: t.Tensor, loss: t.Tensor, weights: readonly t.Tensor[]): void {
  const slots = Object.entries(optimizer.slots(layout.length));
  const before = Object.fromEntries(slots.map(([slot, { shape }]) => [slot, t.input(`${name}/${slot}`, shape)]));
  const move = optimizer.update(pack(t.grad(loss, weights)), before, vector);
  outputs[name] = t.sub(vector, t.mul(move.update, rate));
  state[name] = Float32Array.from({ length: layout.length }, () => Math.random() - 0.5);
  for (const [slot, { shape }] of slots) state[`${name}/${slot}`] = new Float32Array(shape[0] ?? 1);
  for (const [slot, after] of Object.entries(move.slots)) outputs[`${name}/${slot}`] = after;
}
learn("g", g, gLoss, gWeights!);
learn("d", d, t.add(dLoss, r1), dWeights!);

const step = await (await webBackend()).compile(t.optimize(t.buildGraph(outputs)));
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const circle = () =>
  Array.from({ length: batch }, () => 2 * Math.PI * Math.random()).flatMap((a) => [Math.cos(a), Math.sin(a)]);
for (let i = 1; i <= steps; i++) {
  const noise = Float32Array.from({ length: 2 * batch }, normal);
  const { fake: points, ...after } = await step.run({ ...state, real: Float32Array.from(circle()), z: noise });
  Object.assign(state, after);
  if (i % 500 !== 0 && i !== steps) continue;
  const at = (k: number) => Math.hypot(points![2 * k]!, points![2 * k + 1]!);
  const mean = Array.from({ length: batch }, (_, k) => at(k) / batch).reduce((a, b) => a + b);
  console.log(`step ${i}: mean radius of the generated points ${mean.toFixed(3)}`);
}
