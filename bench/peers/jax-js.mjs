// jax-js side of the benchmark: one GAN training step, compiled with jit() and repeated on request.
//
//     node bench/peers/jax-js.mjs toy-256
//
// Speaks the line protocol of README.md, on jax-js's wasm backend. Layers that join a 1x1 map to a whole one are matrix
// products, which is the same arithmetic and faster here. In jax-js every use of an array consumes it: `.ref` keeps it.
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  tree,
  valueAndGrad,
  vjp,
} from "@jax-js/jax";
import {
  initialWeight,
  isRegularised,
  loadCase,
  normals,
  realBatch,
  refuseIfSlow,
  serve,
  uniforms,
  unsupported,
  versionOf,
} from "./serve.mjs";

const array = (values, shape) => np.array(values).reshape(shape);
const isMatrix = (layer) => layer.op === "dense" || layer.pad === 0;

/** One object of arrays for each layer. */
function build(layers, next) {
  return layers.map((layer) => {
    const { in: from, out: to, kernel = 1 } = layer;
    let shape = layer.op === "up" ? [from, to, kernel, kernel] : [to, from, kernel, kernel];
    if (isMatrix(layer)) shape = layer.op === "up" ? [from, to * kernel * kernel] : [from * kernel * kernel, to];
    const count = shape.reduce((a, b) => a * b);
    const parameters = { weight: array(initialWeight(layer, count, next), shape), offset: np.zeros([to]) };
    if (layer.norm) parameters.scale = array(normals(next, to, 1, 0.02), [to]);
    return parameters;
  });
}

const countOf = (network) => tree.leaves(network).reduce((sum, leaf) => sum + leaf.size, 0);

const ACTIVATIONS = { relu: nn.relu, leakyRelu: (x) => nn.leakyRelu(x, 0.2), tanh: np.tanh, none: (x) => x };

function convolve(layer, x, weight) {
  const { op, kernel, stride, pad, out } = layer;
  const batch = x.shape[0];
  if (isMatrix(layer)) {
    const product = np.matmul(x.reshape([batch, -1]), weight);
    return op === "up" ? product.reshape([batch, out, kernel, kernel]) : product;
  }
  const padding = [
    [pad, pad],
    [pad, pad],
  ];
  if (op === "down") return lax.convGeneralDilated(x, weight, [stride, stride], padding);
  return lax.convTranspose(x, weight, [stride, stride], padding, { transposeKernel: true });
}

function normalise(x) {
  const axes = [0, 2, 3];
  const centred = x.ref.sub(np.mean(x, axes, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), axes, { keepdims: true });
  return centred.mul(np.reciprocal(np.sqrt(variance.add(1e-5))));
}

/** Consumes the parameters and the input. */
function forward(layers, parameters, input) {
  let x = input;
  layers.forEach((layer, i) => {
    const { weight, offset, scale } = parameters[i];
    x = convolve(layer, x, weight);
    const channels = x.ndim === 4 ? [1, layer.out, 1, 1] : [1, layer.out];
    if (layer.norm) x = normalise(x).mul(scale.reshape(channels));
    x = ACTIVATIONS[layer.act](x.add(offset.reshape(channels)));
  });
  return x;
}

/** One Adam update of a list of arrays; the two corrections of its bias come in as scalars. */
function adam(spec, values, gradients, { m, v }, corrections) {
  const moved = { values: [], m: [], v: [] };
  values.forEach((value, i) => {
    const first = m[i].mul(spec.beta1).add(gradients[i].ref.mul(1 - spec.beta1));
    const second = v[i].mul(spec.beta2).add(np.square(gradients[i]).mul(1 - spec.beta2));
    const root = np.sqrt(second.ref.mul(corrections.second.ref)).add(1e-8);
    moved.values.push(value.sub(first.ref.mul(corrections.first.ref).mul(spec.learningRate).div(root)));
    moved.m.push(first);
    moved.v.push(second);
  });
  return moved;
}

function createStep(spec, batch) {
  const D = (parameters, x) => forward(spec.discriminator, parameters, x);
  const G = (parameters, z) => forward(spec.generator, parameters, z);
  const discriminatorLoss = (parameters, real, fake) =>
    nn
      .softplus(D(tree.ref(parameters), real).neg())
      .mean()
      .add(nn.softplus(D(parameters, fake)).mean());
  const generatorLoss = (fake, parameters) => nn.softplus(D(parameters, fake).neg()).mean();

  function update(parameters, gradients, moments, corrections) {
    const [values, shape] = tree.flatten(parameters);
    const [slopes] = tree.flatten(gradients);
    const moved = adam(spec, values, slopes, moments, corrections);
    return [tree.unflatten(shape, moved.values), { m: moved.m, v: moved.v }];
  }

  return jit(({ g, d, gMoments, dMoments, key, real, corrections }) => {
    const [drawKey, nextKey] = random.split(key, 2);
    const z = random.normal(drawKey, [batch, spec.latent]);
    const [fake, pullBack] = vjp((parameters) => G(parameters, z), [tree.ref(g)]);
    const [dLoss, dSlopes] = valueAndGrad(discriminatorLoss)(tree.ref(d), real, fake.ref);
    const [dNew, dMomentsNew] = update(d, dSlopes, dMoments, corrections);
    const [gLoss, fakeSlope] = valueAndGrad(generatorLoss)(fake, tree.ref(dNew));
    const [gSlopes] = pullBack(fakeSlope);
    pullBack.dispose();
    const [gNew, gMomentsNew] = update(g, gSlopes, gMoments, corrections);
    tree.dispose(corrections);
    const state = { g: gNew, d: dNew, gMoments: gMomentsNew, dMoments: dMomentsNew, key: nextKey };
    return { state, losses: { d: dLoss, g: gLoss } };
  });
}

function createTraining(spec, batch) {
  const next = uniforms(1);
  const zeros = (network) => tree.leaves(network).map((leaf) => np.zeros(leaf.shape));
  const g = build(spec.generator, next);
  const d = build(spec.discriminator, next);
  const parameters = { generator: countOf(g), discriminator: countOf(d) };
  const moments = (network) => ({ m: zeros(network), v: zeros(network) });
  let state = { g, d, gMoments: moments(g), dMoments: moments(d), key: random.key(1) };
  const real = array(realBatch(spec, batch, next), [batch, ...spec.data]);
  const run = createStep(spec, batch);
  let losses;
  let time = 0;
  return {
    parameters,
    losses: async () => ({ d: (await losses.d.ref.data())[0], g: (await losses.g.ref.data())[0] }),
    async step() {
      time += 1;
      const corrections = {
        first: np.array(1 / (1 - spec.beta1 ** time)),
        second: np.array(1 / (1 - spec.beta2 ** time)),
      };
      if (losses) tree.dispose(losses);
      ({ state, losses } = run({ ...state, real: real.ref, corrections }));
      await blockUntilReady([state, losses]);
    },
    dispose() {
      tree.dispose([state, real, losses]);
      run.dispose();
    },
  };
}

const spec = loadCase();
if (isRegularised(spec)) unsupported("only PyTorch is measured on this case");
await init("wasm");
defaultDevice("wasm");

await refuseIfSlow(spec, async (batch) => {
  const probe = createTraining(spec, batch);
  await probe.step(); // compiles
  const start = performance.now();
  await probe.step();
  const ms = performance.now() - start;
  probe.dispose();
  return ms;
});

const training = createTraining(spec, spec.batch);
await serve(
  {
    peer: "jax-js",
    version: versionOf("@jax-js/jax"),
    backend: "wasm",
    threads: 1,
    parameters: training.parameters,
  },
  training,
);
