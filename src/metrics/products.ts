/** @file Products of rows with rows, block by block: what every distance is computed from, wherever it is computed. */

/**
 * a bᵀ for blocks of rows: a [n, D], b [m, D] -> [n, m], in float32.
 *
 * A function, so that metrics know no runtime: the command line gives one that ONNX Runtime computes.
 */
export type Products = (a: Float32Array, b: Float32Array, dimensions: number) => Promise<Float32Array>;

/** In plain TypeScript: exact enough for tests, slow for large sets. */
export const plainProducts: Products = async (a, b, dimensions) => {
  const [n, m] = [a.length / dimensions, b.length / dimensions];
  const out = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < dimensions; k++) sum += a[i * dimensions + k]! * b[j * dimensions + k]!;
      out[i * m + j] = sum;
    }
  }
  return out;
};
