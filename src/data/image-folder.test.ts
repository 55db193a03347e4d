import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../util/errors.ts";
import type { DataOptions, Dataset } from "./dataset.ts";
import { loadDataset } from "./sources.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "gantry-folder-"));
});
afterAll(() => rm(root, { recursive: true }));

type Colour = [number, number, number] | [number, number, number, number] | [number];

/** A flat image of one colour with a marked top-left pixel. */
function image(colour: Colour, width = 8, height = 8): Sharp {
  const raw = Buffer.alloc(width * height * colour.length);
  for (let i = 0; i < raw.length; i++) raw[i] = colour[i % colour.length] as number;
  raw.fill(7, 0, 1);
  const made = sharp(raw, { raw: { width, height, channels: colour.length as 1 | 3 | 4 } });
  return colour.length === 1 ? made.toColourspace("b-w") : made;
}

const png = (colour: Colour, width?: number, height?: number): Promise<Buffer> =>
  image(colour, width, height).png().toBuffer();

/** A folder with these files. */
async function folder(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, name, path)), { recursive: true });
    await writeFile(join(root, name, path), bytes);
  }
  return join(root, name);
}

const refusal = async (source: string, options?: DataOptions): Promise<DataError> => {
  const error = await loadDataset(source, options).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
};

const labelsOf = ({ labels, classes }: Dataset): (string | undefined)[] =>
  Array.from(labels ?? [], (label) => classes?.[label]);

describe("image folders", () => {
  it("reads a flat folder in name order, channels first, without labels", async () => {
    const path = await folder("flat", { "b.png": await png([10, 20, 30]), "a.png": await png([40, 50, 60]) });
    const dataset = await loadDataset(path);
    expect(dataset).toMatchObject({ kind: "images", name: "flat", count: 2, shape: [3, 8, 8], notes: [], skipped: [] });
    expect(dataset.labels).toBeUndefined();
    expect([...dataset.data.subarray(0, 3)]).toEqual([7, 40, 40]);
    expect([dataset.data[64], dataset.data[128], dataset.data[192 + 1], dataset.data[192 + 64]]).toEqual([
      50, 60, 10, 20,
    ]);
  });

  it("reads PNG, JPEG and WebP, upper-case endings, nested class folders, and counts what it ignores", async () => {
    const path = await folder("classes", {
      "dog/x/1.PNG": await png([1, 2, 3]),
      "cat/2.jpeg": await image([200, 100, 50]).jpeg().toBuffer(),
      "cat/1.webp": await image([9, 9, 9]).webp({ lossless: true }).toBuffer(),
      "cat/readme.txt": "no image",
      "dog/.hidden.png": "no image",
    });
    const dataset = await loadDataset(path);
    expect(labelsOf(dataset)).toEqual(["cat", "cat", "dog"]);
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect(dataset.notes).toEqual(["1 other files were ignored (.txt)."]);
    // The WebP file comes first, the JPEG (away from its marked corner) second, the PNG last.
    expect(dataset.data[63]).toBe(9);
    expect(Math.abs((dataset.data[192 + 63] as number) - 200)).toBeLessThan(12);
    expect(dataset.data[384 + 63]).toBe(1);
  });

  it("takes the train split, ignores shared folders, and gives no labels for mixed ones", async () => {
    const one = await png([1, 2, 3]);
    const split = await loadDataset(
      await folder("split", { "train/a/1.png": one, "train/b/2.png": one, "test/a/3.png": one }),
    );
    expect([labelsOf(split), split.notes.join()]).toEqual([["a", "b"], expect.stringContaining('Only "train"')]);
    const shared = await loadDataset(await folder("shared", { "images/1.png": one, "images/2.png": one }));
    expect([shared.count, shared.labels]).toEqual([2, undefined]);
    const mixed = await loadDataset(await folder("mixed", { "a/1.png": one, "2.png": one }));
    expect([mixed.labels, mixed.notes.join()]).toEqual([
      undefined,
      expect.stringContaining("1 of 2 images lie outside"),
    ]);
  });

  it("reads labels from dataset.json", async () => {
    const one = await png([1, 2, 3]);
    const files = { "00000/a.png": one, "00000/b.png": one };
    const json = JSON.stringify({
      labels: [
        ["00000/a.png", 4],
        ["00000/b.png", 1],
      ],
    });
    expect([...((await loadDataset(await folder("json", { ...files, "dataset.json": json }))).labels ?? [])]).toEqual([
      4, 1,
    ]);
    const none = await loadDataset(await folder("json-null", { ...files, "dataset.json": '{"labels": null}' }));
    expect(none.labels).toBeUndefined();
    const partial = await folder("json-partial", { ...files, "dataset.json": '{"labels": [["00000/a.png", 4]]}' });
    expect((await refusal(partial)).message).toMatch(/lists no label for 00000\/b\.png/);
    expect((await refusal(await folder("json-broken", { ...files, "dataset.json": "{" }))).message).toMatch(
      /not valid JSON/,
    );
  });

  it("is grey when all images are, else colour, or what the user says", async () => {
    const grey = await folder("grey", { "1.png": await png([100]), "2.png": await png([50]) });
    const dataset = await loadDataset(grey);
    expect([dataset.shape, dataset.data[1], dataset.data[65]]).toEqual([[1, 8, 8], 100, 50]);
    expect((await loadDataset(grey, { channels: 3 })).data[1 + 128]).toBe(100);
    const both = await folder("both", { "1.png": await png([100]), "2.png": await png([255, 0, 0]) });
    const colour = await loadDataset(both);
    expect([colour.shape, colour.notes.join()]).toEqual([[3, 8, 8], expect.stringContaining("1 of 2 images are grey")]);
    expect([colour.data[1], colour.data[65], colour.data[192 + 1], colour.data[192 + 65]]).toEqual([100, 100, 255, 0]);
    expect((await loadDataset(both, { channels: 1 })).shape).toEqual([1, 8, 8]);
  });

  it("composites transparency on white and says so", async () => {
    const path = await folder("alpha", { "1.png": await png([255, 0, 0, 51]), "2.png": await png([0, 0, 255]) });
    const dataset = await loadDataset(path);
    expect(dataset.notes).toEqual(["1 of 2 images have an alpha channel: composited on white."]);
    for (const [at, wanted] of [
      [1, 255],
      [65, 204],
      [129, 204],
      [193, 0],
      [192 + 129, 255],
    ] as const) {
      expect(Math.abs((dataset.data[at] as number) - wanted)).toBeLessThanOrEqual(1);
    }
  });

  it("reads 16-bit PNG files as bytes", async () => {
    const raw = Uint16Array.from({ length: 64 }, () => 0x8080);
    const deep = await sharp(raw, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe("ushort");
    const dataset = await loadDataset(await folder("deep", { "1.png": deep }));
    expect([dataset.shape, dataset.data[9]]).toEqual([[1, 8, 8], 128]);
  });

  it("refuses unequal sizes with the sizes found, and brings them to one when asked", async () => {
    const path = await folder("sizes", {
      "1.png": await png([9, 9, 9]),
      "2.png": await png([9, 9, 9]),
      "3.png": await png([0, 200, 0], 40, 20),
    });
    const error = await refusal(path);
    expect(error.message).toMatch(/2 sizes: 8x8 \(2\), 40x20 \(1\)/);
    expect(error.help).toContain("size 16");
    const dataset = await loadDataset(path, { size: 16 });
    expect([dataset.shape, dataset.count, dataset.data[2 * 768 + 256 + 100]]).toEqual([[3, 16, 16], 3, 200]);
    expect(dataset.notes.join()).toMatch(/scaled and centre-cropped to 16x16.*2 images are smaller than 16/);
    const wide = await loadDataset(await folder("wide", { "1.png": await png([9, 9, 9], 40, 20) }));
    expect(wide.shape).toEqual([3, 20, 40]);
  });

  it("crops at the centre", async () => {
    const raw = Buffer.alloc(24 * 8);
    for (let y = 0; y < 8; y++) raw.fill(255, y * 24 + 8, y * 24 + 16);
    const strip = await sharp(raw, { raw: { width: 24, height: 8, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const dataset = await loadDataset(await folder("crop", { "1.png": strip }), { size: 8 });
    expect([...dataset.data].every((v) => v === 255)).toBe(true);
  });

  it("turns a photograph upright", async () => {
    const lying = await image([200, 200, 200], 12, 6).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect((await loadDataset(await folder("upright", { "1.jpg": lying }))).shape).toEqual([3, 12, 6]);
  });

  it("names corrupt images, and leaves them out only when that is allowed", async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 253));
    const large = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const good = await large.png().toBuffer();
    const jpeg = await large.jpeg().toBuffer();
    const damaged = Buffer.from(good);
    damaged.fill(0, good.length >> 1, (good.length >> 1) + 40);
    const path = await folder("corrupt", {
      "a/0.png": good,
      "a/1-cut.png": good.subarray(0, good.length >> 1),
      "a/2-damaged.png": damaged,
      "b/3-text.png": "this is text",
      "b/4-cut.jpg": jpeg.subarray(0, jpeg.length >> 1),
      "b/5-empty.png": "",
      "b/6.jpg": jpeg,
    });
    const error = await refusal(path);
    expect(error.message).toMatch(/images cannot be read: .*(3-text|5-empty)/);
    expect(error.help).toContain("skipCorrupt");

    const dataset = await loadDataset(path, { skipCorrupt: true });
    expect(dataset.skipped.map(({ item }) => item)).toEqual([
      "a/1-cut.png",
      "a/2-damaged.png",
      "b/3-text.png",
      "b/4-cut.jpg",
      "b/5-empty.png",
    ]);
    expect(dataset.skipped.every(({ reason }) => reason.length > 5 && !reason.includes("\n"))).toBe(true);
    expect([dataset.count, labelsOf(dataset), dataset.data.length]).toEqual([2, ["a", "b"], 2 * 3 * 64 * 64]);
    // The good ones are whole and in their places.
    const single = await loadDataset(await folder("good", { "0.png": good, "6.jpg": jpeg }));
    expect(dataset.data).toEqual(single.data);
    expect(single.data[0]).toBe(noise[0]);
  });

  it("refuses a folder in which nothing can be read, even with skipCorrupt", async () => {
    const path = await folder("all-bad", { "1.png": "no", "2.png": "no" });
    expect((await refusal(path, { skipCorrupt: true })).message).toMatch(/2 of 2 images cannot be read/);
  });

  it("refuses an empty folder, other formats under a wrong name, and a single image", async () => {
    await mkdir(join(root, "empty"));
    expect((await refusal(join(root, "empty"))).message).toMatch(/empty holds no PNG, JPEG or WebP images/);
    const gif = await image([1, 2, 3]).gif().toBuffer();
    expect((await refusal(await folder("gif", { "1.png": gif, "2.png": await png([1, 2, 3]) }))).message).toMatch(
      /1\.png \(it is of format gif/,
    );
    expect((await refusal(join(await folder("single", { "1.png": gif }), "1.png"))).message).toMatch(/single image/);
  });

  it("refuses an image that claims an enormous size, before it is decoded", async () => {
    const bomb = Buffer.from(await png([1, 2, 3]));
    bomb.writeUInt32BE(60_000, 16); // width and height of the IHDR chunk, then its checksum
    bomb.writeUInt32BE(60_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    expect((await refusal(await folder("bomb", { "1.png": bomb }))).message).toMatch(/1\.png \(.*(60000x60000|limit)/);
  });

  it("survives links that lead in circles or nowhere, and obeys limit", async () => {
    const path = await folder("links", {
      "1.png": await png([1, 2, 3]),
      "2.png": await png([4, 5, 6]),
      "sub/readme": "x",
    });
    await symlink(path, join(path, "sub", "up"));
    await symlink(join(path, "gone"), join(path, "dead.png"));
    expect((await loadDataset(path)).count).toBe(2);
    expect((await loadDataset(path, { limit: 1 })).count).toBe(1);
  });
});
