import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { loadDataset } from "../../data/sources.ts";
import { LENET, lenet } from "../../metrics/extractor.ts";
import { declareNetwork } from "../../nn/module.ts";
import { optimize } from "../../passes/pipeline.ts";
import { DataError } from "../../util/errors.ts";
import { decodeSafetensors } from "../store/safetensors.ts";
import { LENET_FILES, type LenetName, loadLenet } from "./lenet-weights.ts";

const NAMES = Object.keys(LENET_FILES) as LenetName[];
const TEST_SETS: Readonly<Record<LenetName, string>> = {
  lenet_mnist: "mnist-test",
  lenet_fashion_mnist: "fashion-mnist-test",
};
const installed: Readonly<Record<LenetName, boolean>> = {
  lenet_mnist: true,
  lenet_fashion_mnist: existsSync("/usr/share/datasets/fashion-mnist"),
};
const fileOf = (name: LenetName) => fileURLToPath(new URL(`../../../assets/${name}.safetensors`, import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), "gantry-lenet-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** How many images get their own class, and what else is seen on the way. */
async function classify(name: LenetName) {
  const data = await loadDataset(TEST_SETS[name]);
  const part = 1000;
  const pixels = 28 * 28;
  const backend = await nodeBackend({ threads: 1 });
  const executable = await backend.compile(optimize(loadLenet(name).trace(part, LENET.input)));
  let right = 0;
  let worstTotal = 0;
  let finite = true;
  const used = new Uint8Array(LENET.features);
  for (let start = 0; start < data.count; start += part) {
    const images = data.data.slice(start * pixels, (start + part) * pixels) as Uint8Array;
    const { features, probabilities } = (await executable.run({ images })) as Record<string, Float32Array>;
    finite &&= features!.every(Number.isFinite);
    features!.forEach((value, i) => {
      if (value > 0) used[i % LENET.features] = 1;
    });
    for (let n = 0; n < part; n++) {
      const line = probabilities!.subarray(n * LENET.classes, (n + 1) * LENET.classes);
      worstTotal = Math.max(worstTotal, Math.abs(1 - line.reduce((sum, p) => sum + p, 0)));
      if (line.indexOf(Math.max(...line)) === data.labels![start + n]) right++;
    }
  }
  await executable.release();
  return { count: data.count, right, worstTotal, finite, used: used.reduce((sum, one) => sum + one, 0) };
}

describe.each(NAMES)("%s", (name) => {
  it("is a file below 1 MB that says what it is", () => {
    expect(statSync(fileOf(name)).size).toBeLessThan(1_000_000);
    const { metadata } = decodeSafetensors(readFileSync(fileOf(name)));
    const { accuracy, command } = LENET_FILES[name];
    expect(metadata).toMatchObject({ name, data: TEST_SETS[name].replace("-test", ""), command });
    expect(Number(metadata.accuracy)).toBe(accuracy);
    expect(Number(metadata.epochs)).toBeGreaterThan(0);
    expect(metadata.seed).toBe("0");
  });

  it("holds exactly the network's arrays, all finite", () => {
    const { params, buffers } = declareNetwork(name, lenet(), [1, ...LENET.input]);
    const { tensors } = decodeSafetensors(readFileSync(fileOf(name)));
    const shapes = (arrays: Iterable<readonly [string, { readonly shape: readonly number[] }]>) =>
      Object.fromEntries([...arrays].map(([path, { shape }]) => [path, [...shape]]));
    expect(shapes(tensors)).toEqual(shapes([...params, ...buffers].map((array) => [array.name, array])));
    for (const [path, { data }] of tensors) {
      expect(data, path).toBeInstanceOf(Float32Array);
      expect(data.every(Number.isFinite), path).toBe(true);
      if (path.endsWith("/variance")) expect(Math.min(...data), path).toBeGreaterThan(0);
    }
  });

  it.skipIf(!installed[name])("is as accurate as it says on all 10,000 test images", async () => {
    const { count, right, finite, used, worstTotal } = await classify(name);
    expect(count).toBe(10_000);
    // Other kernels round differently, which may turn a few images that lie between two classes.
    expect(Math.abs(right - LENET_FILES[name].accuracy * count)).toBeLessThanOrEqual(3);
    expect(finite).toBe(true);
    expect(worstTotal).toBeLessThan(1e-5);
    expect(used).toBeGreaterThan(100);
  });

  it("is refused when one byte is another", () => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    const bytes = readFileSync(fileOf(name));
    const copy = join(folder, `${name}.safetensors`);
    writeFileSync(copy, bytes);
    expect(loadLenet(name, folder).name).toBe(name);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(copy, bytes);
    expect(() => loadLenet(name, folder)).toThrow(DataError);
    expect(() => loadLenet(name, folder)).toThrow(/is not the file that Gantry was released with/);
  });

  it("says what to do when it is not there", () => {
    const missing = join(scratch, "nowhere");
    expect(() => loadLenet(name, missing)).toThrow(DataError);
    expect(() => loadLenet(name, missing)).toThrow(/cannot be read/);
  });
});

it("gives each classifier a file of its own", () => {
  expect(new Set(Object.values(LENET_FILES).map(({ sha256 }) => sha256)).size).toBe(NAMES.length);
});
