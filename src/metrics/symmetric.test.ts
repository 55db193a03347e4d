import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { fillNormal, streamKey } from "../util/rng.ts";
import { type Features, features } from "./features.ts";
import { frechetDistance } from "./frechet.ts";
import { chunkedMoments, moments } from "./moments.ts";
import { plainProducts } from "./products.ts";
import { cholesky, congruence, eigenvalues } from "./symmetric.ts";

function normals(count: number, seed: number): Float32Array {
  const out = new Float32Array(count);
  fillNormal(streamKey(seed, "test"), 0, out);
  return out;
}

/** A covariance [size, size] of rank `rank`. */
function covariance(size: number, rank: number, seed: number): Matrix {
  const rows = Matrix.from1DArray(rank, size, [...normals(rank * size, seed)]);
  for (let i = 0; i < rank; i++) rows.mulRow(i, 0.8 ** i);
  return rows.transpose().mmul(rows);
}

const flat = (matrix: Matrix) => Float64Array.from(matrix.to1DArray());
const eigen = (matrix: Matrix) => new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues;
const sorted = (values: Iterable<number>) => [...values].sort((a, b) => b - a);

function expectNear(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  expect(Math.max(...wanted)).toBeGreaterThan(0.1);
  for (const [i, value] of wanted.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(tolerance);
}

describe.each([
  [1, 1],
  [2, 2],
  [7, 7],
  [30, 30],
  [30, 11],
])("a covariance of %d features and rank %d", (size, rank) => {
  const matrix = covariance(size, rank, size);
  const other = covariance(size, size, 100);

  it("is L Lᵀ, rows in their order, of its own rank", () => {
    const factor = cholesky(flat(matrix), size);
    expect(factor.rank).toBe(rank);
    const lower = Matrix.from1DArray(size, rank, [...factor.data]);
    for (let i = 0; i < rank; i++) for (let j = i + 1; j < rank; j++) expect(lower.get(i, j)).toBe(0);
    const order = [...factor.order];
    expectNear(lower.mmul(lower.transpose()).to1DArray(), matrix.selection(order, order).to1DArray(), 1e-12 * size);
  });

  it("has the eigenvalues that the library finds", () => {
    expectNear(sorted(eigenvalues(flat(matrix), size)), sorted(eigen(matrix)), 1e-11);
  });

  it("gives the trace of the root of a product", () => {
    const factor = cholesky(flat(matrix), size);
    const roots = eigenvalues(congruence(factor, flat(other)), factor.rank).map((x) => Math.sqrt(Math.max(x, 0)));
    const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(matrix, {
      assumeSymmetric: true,
    });
    const root = vectors
      .mmul(Matrix.diag(realEigenvalues.map((x) => Math.sqrt(Math.max(x, 0)))))
      .mmul(vectors.transpose());
    const expected = eigen(root.mmul(other).mmul(root)).reduce((sum, x) => sum + Math.sqrt(Math.max(x, 0)), 0);
    expectNear([roots.reduce((a, b) => a + b, 0)], [expected], 1e-5);
  });
});

it("eigenvalues of matrices that need no reduction", () => {
  expect(sorted(eigenvalues(new Float64Array(9), 3))).toEqual([0, 0, 0]);
  expect(sorted(eigenvalues(Float64Array.of(3, 0, 0, 0, -1, 0, 0, 0, 2), 3))).toEqual([3, 2, -1]);
  expect(cholesky(new Float64Array(9), 3).rank).toBe(0);
});

/** Features that are correlated, not negative, and of very different sizes. */
function correlated(count: number, dimensions: number, seed: number): Features {
  const [latent, weights] = [normals(count * 8, seed), normals(8 * dimensions, 77)];
  const noise = normals(count * dimensions, seed + 1);
  const data = Float32Array.from({ length: count * dimensions }, (_, at) => {
    const [n, i] = [Math.floor(at / dimensions), at % dimensions];
    let sum = 0.1 * noise[at]! + 0.5;
    for (let k = 0; k < 8; k++) sum += latent[n * 8 + k]! * weights[i * 8 + k]!;
    return Math.max(0, sum) * 0.95 ** i;
  });
  return features(data, dimensions, "test");
}

it("moments by chunks are those in one piece, and so is the distance", async () => {
  const [a, b] = [correlated(1000, 40, 1), correlated(1000, 40, 3)];
  const [plain, chunked] = [moments(a), await chunkedMoments(a, plainProducts)];
  expect(chunked).toMatchObject({ count: 1000, dimensions: 40, extractor: "test", mean: plain.mean });
  const largest = Math.max(...plain.covariance);
  expect(largest).toBeGreaterThan(0.5);
  expectNear([...chunked.covariance], [...plain.covariance], 1e-6 * largest);
  const distance = frechetDistance(plain, moments(b));
  expect(distance).toBeGreaterThan(0.01);
  const byChunks = frechetDistance(chunked, await chunkedMoments(b, plainProducts));
  expect(Math.abs(byChunks / distance - 1)).toBeLessThan(1e-5);
  await expect(chunkedMoments(correlated(40, 40, 1), plainProducts)).rejects.toThrow(/cannot determine/);
  const shrunk = await chunkedMoments(correlated(40, 40, 1), plainProducts, { shrinkage: 0.5 });
  expectNear([...shrunk.covariance], [...moments(correlated(40, 40, 1), { shrinkage: 0.5 }).covariance], 1e-5);
});

it("a distance is the same both ways, and none to itself", () => {
  const [a, b] = [moments(correlated(300, 20, 1)), moments(correlated(300, 20, 3))];
  expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 8);
  expect(Math.abs(frechetDistance(a, a))).toBeLessThan(1e-6);
});
