// TensorFlow.js side of the benchmark: one GAN training step, repeated on request.
//
//     node bench/peers/tfjs.mjs mnist-28
//
// Speaks the line protocol of README.md, on TensorFlow.js's cpu backend: the only one of @tensorflow/tfjs that runs in
// Node and can differentiate a convolution. Layers that join a 1x1 map to a whole one are matrix products, which is the
// same arithmetic and faster here.
import * as tf from "@tensorflow/tfjs";
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
} from "./serve.mjs";

function build(layers, next) {
  return layers.map((layer) => {
    const kernel = layer.kernel ?? 1;
    const atEnd = layer.op === "dense" || layer.pad === 0;
    const { in: from, out: to } = layer;
    let shape = layer.op === "up" ? [kernel, kernel, to, from] : [kernel, kernel, from, to];
    if (atEnd) shape = layer.op === "up" ? [from, kernel * kernel * to] : [kernel * kernel * from, to];
    const count = shape.reduce((a, b) => a * b);
    return {
      ...layer,
      atEnd,
      weight: tf.variable(tf.tensor(initialWeight(layer, count, next), shape)),
      offset: tf.variable(tf.zeros([to])),
      scale: layer.norm ? tf.variable(tf.tensor(normals(next, to, 1, 0.02))) : undefined,
    };
  });
}

const variablesOf = (network) =>
  network.flatMap((l) => (l.scale ? [l.weight, l.offset, l.scale] : [l.weight, l.offset]));

const countOf = (network) => variablesOf(network).reduce((sum, v) => sum + v.size, 0);

function forward(network, input) {
  let x = input;
  for (const { op, kernel, stride, pad, out, atEnd, act, weight, offset, scale } of network) {
    const [batch, height, width] = x.shape;
    if (atEnd) {
      x = tf.matMul(x.reshape([batch, -1]), weight);
      if (op === "up") x = x.reshape([batch, kernel, kernel, out]);
    } else if (op === "up")
      x = tf.conv2dTranspose(x, weight, [batch, height * stride, width * stride, out], stride, pad);
    else x = tf.conv2d(x, weight, stride, pad);
    if (scale) {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      x = tf.batchNorm(x, mean, variance, offset, scale, 1e-5);
    } else x = x.add(offset);
    if (act === "relu") x = tf.relu(x);
    else if (act === "leakyRelu") x = tf.leakyRelu(x, 0.2);
    else if (act === "tanh") x = tf.tanh(x);
  }
  return x;
}

function createTraining(spec, batch) {
  const next = uniforms(1);
  const generator = build(spec.generator, next);
  const discriminator = build(spec.discriminator, next);
  const [channels, height, width] = spec.data;
  const real = tf.tensor(
    realBatch(spec, batch, next),
    spec.kind === "image" ? [batch, height, width, channels] : [batch, ...spec.data],
  );
  const generatorVariables = variablesOf(generator);
  const discriminatorVariables = variablesOf(discriminator);
  const adams = [0, 1].map(() => tf.train.adam(spec.learningRate, spec.beta1, spec.beta2, 1e-8));
  const losses = { d: Number.NaN, g: Number.NaN };

  function descend(adam, loss, variables) {
    const { value, grads } = tf.variableGrads(loss, variables);
    adam.applyGradients(grads);
    return value.dataSync()[0];
  }

  return {
    parameters: { generator: countOf(generator), discriminator: countOf(discriminator) },
    losses: () => ({ ...losses }),
    // There is no way here to keep the generator's first evaluation for its gradient, so it runs a second time.
    step: () =>
      tf.tidy(() => {
        const z = tf.randomNormal([batch, spec.latent]);
        const fake = forward(generator, z);
        const discriminatorLoss = () =>
          tf.add(
            tf.softplus(tf.neg(forward(discriminator, real))).mean(),
            tf.softplus(forward(discriminator, fake)).mean(),
          );
        const generatorLoss = () => tf.softplus(tf.neg(forward(discriminator, forward(generator, z)))).mean();
        losses.d = descend(adams[1], discriminatorLoss, discriminatorVariables);
        losses.g = descend(adams[0], generatorLoss, generatorVariables);
      }),
    dispose() {
      tf.dispose([real, generatorVariables, discriminatorVariables]);
      for (const adam of adams) adam.dispose();
    },
  };
}

const spec = loadCase();
if (isRegularised(spec)) unsupported("only PyTorch is measured on this case");
await tf.setBackend("cpu");

await refuseIfSlow(spec, (batch) => {
  const probe = createTraining(spec, batch);
  const start = performance.now();
  probe.step();
  const ms = performance.now() - start;
  probe.dispose();
  return ms;
});

const training = createTraining(spec, spec.batch);
await serve(
  { peer: "tfjs", version: tf.version.tfjs, backend: "cpu", threads: 1, parameters: training.parameters },
  training,
);
