import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError, DataError, GantryError } from "../util/errors.ts";
import { nameOf } from "./files.ts";
import { writeNpy } from "./npy.ts";
import { loadDataset, READERS } from "./sources.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-sources-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function refusal(source: string, options?: Parameters<typeof loadDataset>[1]): Promise<GantryError> {
  const error = await loadDataset(source, options).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(GantryError);
  return error as GantryError;
}

describe("the registry", () => {
  it("has distinct names and a description for every reader", () => {
    expect(new Set(READERS.map((reader) => reader.name)).size).toBe(READERS.length);
    expect(READERS.every((reader) => reader.describe.length > 10)).toBe(true);
  });

  it.each(READERS.filter((reader) => reader.builtIn).map((reader) => reader.name))("loads %s by name", async (name) => {
    const dataset = await loadDataset(name, { limit: 20 });
    expect([dataset.name, dataset.count]).toEqual([name, 20]);
    expect(dataset.data.length).toBe(20 * dataset.shape.reduce((a, b) => a * b, 1));
    expect(dataset.labels === undefined).toBe(dataset.classes === undefined);
  });
});

describe("loadDataset", () => {
  it("suggests the nearest name and lists the kinds", async () => {
    const error = await refusal("mnits");
    expect(error.message).toContain('Did you mean "mnist"?');
    for (const reader of READERS) expect(error.help).toContain(reader.builtIn ? reader.name : reader.describe);
  });

  it("names a missing path", async () => {
    expect((await refusal("data/none.npy")).message).toBe("No such file or folder: data/none.npy");
    expect((await refusal("./mnist")).message).toMatch(/mnist/);
    expect((await refusal("zzzzqqqq")).message).not.toContain("Did you mean");
  });

  it("refuses files of no known format, empty ones, and long names", async () => {
    await writeFile(join(folder, "notes.txt"), "hello");
    await writeFile(join(folder, "empty.npy"), "");
    await writeFile(join(folder, "text.npy"), "hello");
    expect((await refusal(join(folder, "notes.txt"))).message).toMatch(/notes\.txt is not in a format that is known/);
    expect((await refusal(join(folder, "empty.npy"))).message).toMatch(/empty\.npy is empty/);
    expect((await refusal(join(folder, "text.npy"))).message).toMatch(/text\.npy is not a readable \.npy file/);
    expect(await refusal("x".repeat(5000))).toBeInstanceOf(DataError);
  });

  it.skipIf(process.platform === "win32")("refuses pipes and devices without waiting for them", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.npy")]);
    expect((await refusal(join(folder, "pipe.npy"))).message).toMatch(/neither a regular file nor a folder/);
    expect((await refusal("/dev/zero")).message).toMatch(/neither a regular file nor a folder/);
  });

  it("refuses options that do not apply, and lets defaults pass", async () => {
    const error = await refusal("ring", { size: 32 });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toMatch(/size does not apply to ring/);
    expect((await refusal("mnist", { count: 5 })).help).toContain("limit");
    const config = { source: "ring", mirror: true, size: undefined, count: 4 };
    expect((await loadDataset("ring", config)).count).toBe(4); // a config's data section fits as it is
    expect((await loadDataset("ring", { skipCorrupt: false, seed: 1, count: 9 })).count).toBe(9);
  });

  it("reads .npy files under any name", async () => {
    const bytes = writeNpy(
      Uint8Array.from({ length: 48 }, (_, i) => i * 5),
      [3, 4, 4, 1],
    );
    await writeFile(join(folder, "My set (1).npy"), bytes);
    await writeFile(join(folder, "noending"), bytes);
    const dataset = await loadDataset(join(folder, "My set (1).npy"));
    expect([dataset.name, dataset.shape, dataset.count]).toEqual(["My-set-1", [1, 4, 4], 3]);
    expect((await loadDataset(join(folder, "noending"), { size: 8 })).shape).toEqual([1, 8, 8]);
  });
});

describe("nameOf", () => {
  it.each([
    ["/a/b/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte"],
    ["./faces.zip", "faces"],
    ["..", "data"],
    ["/a/Bilder & Töne/", "Bilder-T-ne"],
  ])("makes a file-name-safe name of %s", (path, name) => {
    expect(nameOf(path)).toBe(name);
  });
});
