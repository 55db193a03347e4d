import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../data/npy.ts";
import { storedZip } from "../../data/zip-write.ts";
import type { Moments } from "../../metrics/moments.ts";
import { DataError } from "../../util/errors.ts";
import { pointExtractor } from "./extractor.ts";
import { holdsStatistics, momentsFor, readStatistics, writeStatistics } from "./statistics-file.ts";

const dir = mkdtempSync(join(tmpdir(), "gantry-statistics-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const golden = (name: string) => fileURLToPath(new URL(`../../../tests/golden/${name}.npz`, import.meta.url));

const own: Moments = {
  mean: Float64Array.of(1, -2, 1 / 3),
  covariance: Float64Array.of(2, 0.5, 1e-5, 0.5, 1, -2.5e-5, 1e-5, -2.5e-5, 1e-9),
  count: 12_345,
  dimensions: 3,
  extractor: "Netz_ü@0123456789ab/0..255/pool",
};

type Arrays = Record<string, Parameters<typeof writeNpy>>;
function npz(name: string, arrays: Arrays): string {
  const path = join(dir, name);
  const entries = Object.entries(arrays).map(([key, [data, shape]]) => ({
    name: `${key}.npy`,
    bytes: writeNpy(data, shape),
  }));
  writeFileSync(path, Buffer.concat(storedZip(entries)));
  return path;
}

describe("what Gantry writes", () => {
  const path = join(dir, "own.npz");
  writeStatistics(path, own);

  it("it reads again to the bit, and leaves nothing beside", async () => {
    expect(await readStatistics(path)).toEqual(own);
    expect(await holdsStatistics(path)).toBe(true);
    expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  const numpy = spawnSync("/usr/bin/python3", ["-c", "import numpy"]).status === 0;
  it.skipIf(!numpy)("numpy reads", () => {
    const program = `
import json, sys, numpy as np
with np.load(sys.argv[1]) as f:
    print(json.dumps({k: [str(f[k].dtype), list(f[k].shape), f[k].tolist()] for k in f.files}))`;
    const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", program, path], { encoding: "utf8" });
    expect(stderr).toBe("");
    const rows = [0, 3, 6].map((i) => [...own.covariance.subarray(i, i + 3)]);
    expect(JSON.parse(stdout)).toEqual({
      mu: ["float64", [3], [...own.mean]],
      sigma: ["float64", [3, 3], rows],
      count: ["int64", [], 12_345],
      extractor: [`<U${own.extractor.length}`, [], own.extractor],
    });
  });

  it("is of one extractor only", async () => {
    const stored = await readStatistics(path);
    expect(() => momentsFor(stored, pointExtractor(3))).toThrow(/points .*Netz_ü@0123456789ab/);
    expect(momentsFor(stored, { ...pointExtractor(3), identity: own.extractor })).toEqual(own);
  });

  it("is refused where the folder does not exist", () => {
    expect(() => writeStatistics(join(dir, "no", "x.npz"), own)).toThrow(DataError);
  });
});

describe("what numpy writes", () => {
  it.each([
    ["statistics-double", 1e-15],
    ["statistics-single", 1e-7],
  ])("is read: %s", async (name, tolerance) => {
    const stored = await readStatistics(golden(name));
    expect([stored.dimensions, stored.count, stored.extractor]).toEqual([4, undefined, undefined]);
    const mu = [1.0012492014724945, 1.1937988274230074, 0.928581509043398, 1.3172227761069033];
    const sigma = [0.8772247041417307, 0.032363476506460584, 0.04862844981243662, -0.5585360024411307];
    for (let i = 0; i < 4; i++) {
      expect(Math.abs(stored.mean[i]! - mu[i]!)).toBeLessThanOrEqual(2 * tolerance);
      expect(Math.abs(stored.covariance[i]! - sigma[i]!)).toBeLessThanOrEqual(tolerance);
      expect(Math.abs(stored.covariance[4 * i]! - sigma[i]!)).toBeLessThanOrEqual(tolerance);
    }
    // Nobody says what made them: the word of the caller is taken, but not for another number of features.
    expect(momentsFor(stored, pointExtractor(4)).extractor).toBe("points");
    expect(() => momentsFor(stored, pointExtractor(2))).toThrow(DataError);
  });
});

describe("refusals", () => {
  const mu: Arrays[string] = [Float64Array.of(0, 0), [2]];
  const sigma: Arrays[string] = [Float64Array.of(1, 0, 0, 1), [2, 2]];
  const covariance = (...values: number[]): Arrays => ({ mu, sigma: [Float64Array.from(values), [2, 2]] });
  it.each<[string, Arrays, RegExp]>([
    ["no sigma", { mu, labels: [Uint8Array.of(1), [1]] }, /holds no sigma/],
    ["another shape", { mu: [Float64Array.of(0, 0, 0), [3]], sigma }, /mu \[3\] and sigma \[2,2\]/],
    ["a flat sigma", { mu, sigma: [Float64Array.of(1, 0, 0, 1), [4]] }, /not \[D\] and \[D, D\]/],
    ["bytes", { mu: [Uint8Array.of(0, 0), [2]], sigma }, /type u1/],
    ["NaN", covariance(1, Number.NaN, 0, 1), /sigma is not finite: entry 1 is NaN/],
    ["a lopsided sigma", covariance(1, 0.5, 0.4, 1), /not symmetric/],
    ["a negative variance", covariance(1, 0, 0, -1), /variance of feature 1 is -1/],
    ["a correlation above 1", covariance(1, 2, 2, 1), /\[1, 0\] is 2, more than the variances/],
    ["a negative count", { mu, sigma, count: [Float32Array.of(-5), [1]] }, /its count is -5/],
    ["a count of one", { mu, sigma, count: [Uint8Array.of(1), [1]] }, /its count is 1/],
    ["a number for the extractor", { mu, sigma, extractor: [Uint8Array.of(1), [1]] }, /extractor .*not one text/],
  ])("of %s", async (name, arrays, words) => {
    const error = await readStatistics(npz(`${name}.npz`, arrays)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(words);
    expect((error as DataError).help).toBeDefined();
  });

  it("of missing, cut and damaged files", async () => {
    await expect(readStatistics(join(dir, "none.npz"))).rejects.toThrow(/No such file/);
    const whole = readFileSync(golden("statistics-double"));
    const cut = join(dir, "cut.npz");
    writeFileSync(cut, whole.subarray(0, whole.length - 60));
    await expect(readStatistics(cut)).rejects.toThrow(DataError);
    const flipped = join(dir, "flipped.npz");
    writeFileSync(
      flipped,
      whole.map((byte, i) => (i === 150 ? byte ^ 1 : byte)),
    );
    await expect(readStatistics(flipped)).rejects.toThrow(/checksum/);
    // Samples are no statistics, whatever their name.
    const array = join(dir, "array.npz");
    writeFileSync(array, writeNpy(new Uint8Array(8), [2, 2, 2]));
    expect(await holdsStatistics(array)).toBe(false);
    expect(await holdsStatistics(npz("samples.npz", { x: [new Uint8Array(8), [2, 2, 2]] }))).toBe(false);
  });
});
