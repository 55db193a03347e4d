// The floating-point operations of one training step, counted from cases.json. README.md explains the count.

/** Operations of one evaluation of a layer on one sample: a multiplication and an addition for every weight at every place. */
function layerFlops(layer, size) {
  const { op, in: from, out: to, kernel = 1 } = layer;
  const places = op === "dense" ? 1 : op === "down" ? after(layer, size) ** 2 : size ** 2;
  return 2 * from * to * kernel ** 2 * places;
}

/** The side of a layer's output, given that of its input. */
function after({ op, kernel, stride, pad }, size) {
  if (op === "dense") return 1;
  return op === "down" ? (size + 2 * pad - kernel) / stride + 1 : (size - 1) * stride - 2 * pad + kernel;
}

function networkFlops(layers, size) {
  const each = layers.map((layer) => {
    const flops = layerFlops(layer, size);
    size = after(layer, size);
    return flops;
  });
  return { first: each[0], all: each.reduce((a, b) => a + b) };
}

/**
 * Operations of one alternating step with shared fakes, in its convolutions and dense layers alone; undefined where a
 * gradient penalty adds what is not counted here.
 */
export function flopsPerStep({ batch, kind, data, generator, discriminator, r1r2Gamma, wganGpLambda }) {
  if (r1r2Gamma || wganGpLambda) return undefined;
  const G = networkFlops(generator, 1);
  const D = networkFlops(discriminator, kind === "image" ? data[1] : 1);
  // Generator: forward, gradient of the weights, gradient of the input (not of the latent).
  const ofGenerator = 3 * G.all - G.first;
  // Discriminator's move: the three, on reals and on fakes, but no gradient of the samples themselves.
  const ofDiscriminator = 2 * (3 * D.all - D.first);
  // Its answer to the generator: forward, and the gradient of the input down to the fakes.
  const ofAnswer = 2 * D.all;
  return batch * (ofGenerator + ofDiscriminator + ofAnswer);
}
