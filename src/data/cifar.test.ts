import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDataset } from "./sources.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-cifar-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** One record per label, its 3,072 bytes counting up from the label. */
function records(labels: number[]): Uint8Array {
  const out = new Uint8Array(labels.length * 3073);
  labels.forEach((label, i) => {
    out[i * 3073] = label;
    for (let k = 0; k < 3072; k++) out[i * 3073 + 1 + k] = (label + k) % 256;
  });
  return out;
}

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("CIFAR-10", () => {
  it("reads one file: labels, class names, planes as they are", async () => {
    const path = await put("one.bin", records([3, 9, 0]));
    const dataset = await loadDataset(path);
    expect(dataset).toMatchObject({ kind: "images", name: "one", count: 3, shape: [3, 32, 32] });
    expect([...(dataset.labels ?? [])]).toEqual([3, 9, 0]);
    expect([dataset.classes?.[3], dataset.classes?.[9], dataset.classes?.length]).toEqual(["cat", "truck", 10]);
    expect([...dataset.data.subarray(3072, 3075)]).toEqual([9, 10, 11]);
  });

  it("joins several files, and limits across them", async () => {
    const list = [await put("a.bin", records([1, 2])), await put("b.bin", records([4, 5, 6]))].join(",");
    expect([...((await loadDataset(list)).labels ?? [])]).toEqual([1, 2, 4, 5, 6]);
    expect([...((await loadDataset(list, { limit: 3, size: 16 })).labels ?? [])]).toEqual([1, 2, 4]);
    await expect(loadDataset(`${list},${join(folder, "gone.bin")}`)).rejects.toThrow(/No such file.*gone\.bin/);
  });

  it("takes the training batches of a folder, or of the folder around it", async () => {
    const sub = join(folder, "cifar-10-batches-bin");
    await mkdir(sub);
    await writeFile(join(sub, "data_batch_2.bin"), records([2]));
    await writeFile(join(sub, "data_batch_1.bin"), records([1, 1]));
    await writeFile(join(sub, "test_batch.bin"), records([7]));
    expect([...((await loadDataset(sub)).labels ?? [])]).toEqual([1, 1, 2]);
    expect((await loadDataset(folder)).count).toBe(3);
  });

  it("refuses truncated files, CIFAR-100 and labels above 9", async () => {
    const whole = records([1, 2]);
    await expect(loadDataset(await put("cut.bin", whole.subarray(0, 6145)))).rejects.toThrow(/cut\.bin has 6145 bytes/);
    await expect(loadDataset(await put("empty.bin", ""))).rejects.toThrow(/empty \(0 bytes\)/);
    await expect(loadDataset(await put("hundred.bin", new Uint8Array(3074)))).rejects.toThrow(/CIFAR-100/);
    await expect(loadDataset(await put("label.bin", records([1, 10])))).rejects.toThrow(/record 1 has the label 10/);
  });

  it("refuses the Python version in each of its forms", async () => {
    await expect(loadDataset(await put("cifar-10-python.tar.gz", gzipSync("x")))).rejects.toThrow(/pickled objects/);
    await expect(loadDataset(await put("cifar-10-binary.tar.gz", gzipSync("x")))).rejects.toThrow(/tar archive/);
    await expect(loadDataset(await put("batch", new Uint8Array([0x80, 2, 0x7d, 0x71])))).rejects.toThrow(
      /pickled objects/,
    );
    const sub = join(folder, "cifar-10-batches-py");
    await mkdir(sub);
    await writeFile(join(sub, "data_batch_1"), new Uint8Array([0x80, 2]));
    await expect(loadDataset(sub)).rejects.toThrow(/pickled objects/);
  });
});
