import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataError } from "../util/errors.ts";
import { writeNpy } from "./npy.ts";
import { loadDataset } from "./sources.ts";
import { memorySource, openZip, type ZipArchive } from "./zip.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-zip-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface File {
  name: string;
  data: Uint8Array | string;
  deflate?: boolean;
  /** Lies to tell. */
  size?: number;
  crc?: number;
  method?: number;
  flags?: number;
  offset?: number;
  zip64?: boolean;
}

/** An archive put together field by field after the APPNOTE, with room for lies. */
function zip(files: File[], end: { zip64?: boolean; comment?: string } = {}): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const data = Buffer.from(file.data);
    const packed = file.deflate ? deflateRawSync(data) : data;
    const name = Buffer.from(file.name);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(name.length, 26);
    head.writeUInt16LE(4, 28); // an extra field that only the local header has
    const size = file.size ?? data.length;
    const extra = Buffer.alloc(file.zip64 ? 28 : 0);
    if (file.zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(size), 4);
      extra.writeBigUInt64LE(BigInt(packed.length), 12);
      extra.writeBigUInt64LE(BigInt(file.offset ?? offset), 20);
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(file.flags ?? 0, 8);
    entry.writeUInt16LE(file.method ?? (file.deflate ? 8 : 0), 10);
    entry.writeUInt32LE(file.crc ?? crc32(data), 16);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE(file.zip64 ? 0xffffffff : (file.offset ?? offset), 42);
    local.push(head, name, Buffer.alloc(4), packed);
    central.push(entry, name, extra);
    offset += head.length + name.length + 4 + packed.length;
  }
  const directory = Buffer.concat(central);
  const comment = Buffer.from(end.comment ?? "");
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(end.zip64 ? 0xffff : files.length, 8);
  tail.writeUInt16LE(end.zip64 ? 0xffff : files.length, 10);
  tail.writeUInt32LE(end.zip64 ? 0xffffffff : directory.length, 12);
  tail.writeUInt32LE(end.zip64 ? 0xffffffff : offset, 16);
  tail.writeUInt16LE(comment.length, 20);
  const large = Buffer.alloc(end.zip64 ? 76 : 0);
  if (end.zip64) {
    large.writeUInt32LE(0x06064b50, 0);
    large.writeBigUInt64LE(44n, 4);
    large.writeBigUInt64LE(BigInt(files.length), 24);
    large.writeBigUInt64LE(BigInt(files.length), 32);
    large.writeBigUInt64LE(BigInt(directory.length), 40);
    large.writeBigUInt64LE(BigInt(offset), 48);
    large.writeUInt32LE(0x07064b50, 56);
    large.writeBigUInt64LE(BigInt(offset + directory.length), 64);
    large.writeUInt32LE(1, 72);
  }
  return Buffer.concat([...local, directory, large, tail, comment]);
}

const open = (bytes: Uint8Array): ZipArchive => openZip(memorySource(bytes), "t.zip");

function readAll(bytes: Uint8Array, maxBytes?: number): Record<string, string> {
  const archive = open(bytes);
  return Object.fromEntries(
    archive.entries.map((entry) => [entry.name, Buffer.from(archive.read(entry, maxBytes)).toString()]),
  );
}

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("openZip", () => {
  const files: File[] = [
    { name: "a.txt", data: "hello" },
    { name: "dir/", data: "" },
    { name: "dir/ü.txt", data: "deflated ".repeat(50), deflate: true },
    { name: "empty", data: "", deflate: true },
  ];
  const contents = { "a.txt": "hello", "dir/ü.txt": "deflated ".repeat(50), empty: "" };

  it("reads stored and deflated entries, zip64, and archives with a comment", () => {
    expect(readAll(zip(files))).toEqual(contents);
    expect(readAll(zip(files, { comment: "PK\u0005\u0006 made up" }))).toEqual(contents);
    expect(
      readAll(
        zip(
          files.map((file) => ({ ...file, zip64: true })),
          { zip64: true },
        ),
      ),
    ).toEqual(contents);
    expect(open(zip([])).entries).toEqual([]);
  });

  it("refuses every truncation", () => {
    for (const whole of [zip(files), zip(files, { zip64: true })]) {
      for (let length = 0; length < whole.length; length++) {
        expect(() => readAll(whole.subarray(0, length)), `cut to ${length}`).toThrow(DataError);
      }
    }
  });

  it("never fails but with a DataError, whatever byte is changed", () => {
    const whole = zip(files);
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] as number) ^ 0xff;
      try {
        const read = readAll(altered);
        // What is still read must be right, but for names, which have no checksum.
        for (const text of Object.values(read)) expect(Object.values(contents)).toContain(text);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 4);
  });

  const megabytes = (n: number): Buffer => Buffer.alloc(n * 2 ** 20);
  const refusals: [string, () => Uint8Array, RegExp, number?][] = [
    [
      "a bomb by its declared size",
      () => zip([{ name: "b", data: megabytes(80), deflate: true }]),
      /declares 83886080 bytes.*zip bomb/,
    ],
    [
      "a bomb that declares a small size",
      () => zip([{ name: "b", data: megabytes(4), deflate: true, size: 1000 }]),
      /inflates to more than 1000 bytes.*bomb/,
    ],
    ["entries over the caller's limit", () => zip([{ name: "b", data: megabytes(1) }]), /limit 1000/, 1000],
    ["a wrong checksum", () => zip([{ name: "b", data: "abc", crc: 5 }]), /does not match its checksum/],
    [
      "a declared size that is too large",
      () => zip([{ name: "b", data: "abcabc", deflate: true, size: 7 }]),
      /does not match/,
    ],
    ["encryption", () => zip([{ name: "b", data: "abc", flags: 1 }]), /encrypted/],
    ["another method", () => zip([{ name: "b", data: "abc", method: 12 }]), /method 12/],
    [
      "overlapping entries",
      () =>
        zip([
          { name: "a", data: "abc" },
          { name: "b", data: "abc", offset: 0 },
        ]),
      /overlap/,
    ],
    ["an entry outside the file", () => zip([{ name: "a", data: "abc", offset: 9999 }]), /outside the file/],
    [
      "an enormous zip64 offset",
      () => zip([{ name: "a", data: "abc", offset: 2 ** 60, zip64: true }]),
      /outside the file/,
    ],
  ];
  it.each(refusals)("refuses %s", (_, make, message, maxBytes) => {
    const bytes = make();
    expect(() => readAll(bytes, maxBytes)).toThrow(DataError);
    expect(() => readAll(bytes, maxBytes)).toThrow(message);
  });

  it("prints hostile names harmlessly", () => {
    expect(() => readAll(zip([{ name: "../../\u001b[31mx", data: "abc", crc: 1 }]))).toThrow(/\.\.\/\.\.\/\?\[31mx/);
  });
});

describe("npz files", () => {
  const x = writeNpy(
    Uint8Array.from({ length: 4 * 8 * 8 }, (_, i) => i % 256),
    [4, 8, 8],
  );
  const y = writeNpy(new Float32Array([1, 0, 1, 2]), [4]);

  it.each([false, true])("reads samples and labels (deflated: %s)", async (deflate) => {
    const path = await put(
      `a${deflate}.npz`,
      zip([
        { name: "y.npy", data: y, deflate },
        { name: "x.npy", data: x, deflate },
      ]),
    );
    const dataset = await loadDataset(path);
    expect([dataset.count, dataset.shape, [...(dataset.labels ?? [])]]).toEqual([4, [1, 8, 8], [1, 0, 1, 2]]);
    expect([...dataset.data.subarray(0, 3)]).toEqual([0, 1, 2]);
  });

  it("takes the only array or the one asked for, and otherwise lists them", async () => {
    const only = await put("only.npz", zip([{ name: "stuff.npy", data: x }]));
    expect((await loadDataset(only)).count).toBe(4);
    const two = await put(
      "two.npz",
      zip([
        { name: "p.npy", data: x },
        { name: "q.npy", data: y },
      ]),
    );
    await expect(loadDataset(two)).rejects.toThrow(/the arrays p, q/);
    await expect(loadDataset(two, { key: "r" })).rejects.toThrow(/none named "r"/);
    expect((await loadDataset(two, { key: "q" })).kind).toBe("points");
    await expect(loadDataset(await put("none.npz", zip([{ name: "readme", data: "x" }])))).rejects.toThrow(/no arrays/);
  });

  it("refuses truncated and bombed files, naming them", async () => {
    const whole = zip([{ name: "x.npy", data: x, deflate: true }]);
    await expect(loadDataset(await put("cut.npz", whole.subarray(0, whole.length - 30)))).rejects.toThrow(
      /cut\.npz is not a readable zip/,
    );
    const bomb = zip([{ name: "x.npy", data: Buffer.alloc(80 * 2 ** 20), deflate: true }]);
    await expect(loadDataset(await put("bomb.npz", bomb))).rejects.toThrow(/bomb\.npz: x\.npy declares .* zip bomb/);
    const short = zip([{ name: "x.npy", data: x.subarray(0, 200) }]);
    await expect(loadDataset(await put("short.npz", short))).rejects.toThrow(/short\.npz: x is truncated/);
  });
});

describe("zip archives of images", () => {
  const png = (level: number, side = 8): Promise<Buffer> =>
    sharp(Buffer.alloc(side * side * 3, level), { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer();

  it("reads a StyleGAN archive with its labels", async () => {
    const json = JSON.stringify({
      labels: [
        ["00000/img1.png", 6],
        ["00000/img0.png", 2],
      ],
    });
    const files = [
      { name: "dataset.json", data: json },
      { name: "00000/img1.png", data: await png(20) },
      { name: "00000/img0.png", data: await png(10) },
    ];
    for (const prefix of ["", "ffhq/"]) {
      const path = await put("style.zip", zip(files.map((file) => ({ ...file, name: prefix + file.name }))));
      const dataset = await loadDataset(path);
      expect([dataset.name, dataset.count, dataset.shape, [...(dataset.labels ?? [])]]).toEqual([
        "style",
        2,
        [3, 8, 8],
        [2, 6],
      ]);
      expect([dataset.data[0], dataset.data[192]]).toEqual([10, 20]);
    }
  });

  it("follows the rules of folders: classes, sizes, corrupt images, nothing to read", async () => {
    const classes = zip([
      { name: "set/dog/1.png", data: await png(1), deflate: true },
      { name: "set/cat/1.png", data: await png(2) },
      { name: "__MACOSX/set/._1.png", data: "x" },
      { name: "set/notes.txt", data: "x" },
    ]);
    const dataset = await loadDataset(await put("classes.zip", classes));
    expect([dataset.classes, [...(dataset.labels ?? [])], dataset.notes]).toEqual([
      ["cat", "dog"],
      [0, 1],
      ["1 other files were ignored (.txt)."],
    ]);

    const chunks = zip([
      { name: "00000/1.png", data: await png(1) },
      { name: "00001/2.png", data: await png(2) },
    ]);
    expect((await loadDataset(await put("chunks.zip", chunks))).labels).toBeUndefined();

    const sizes = await put(
      "sizes.zip",
      zip([
        { name: "1.png", data: await png(1) },
        { name: "2.png", data: await png(2, 9) },
      ]),
    );
    await expect(loadDataset(sizes)).rejects.toThrow(/2 sizes/);
    expect((await loadDataset(sizes, { size: 4 })).shape).toEqual([3, 4, 4]);

    const broken = await put(
      "broken.zip",
      zip([
        { name: "1.png", data: await png(1) },
        { name: "2.png", data: await png(1), crc: 3 },
      ]),
    );
    await expect(loadDataset(broken)).rejects.toThrow(/1 of 2 images cannot be read: 2\.png/);
    expect((await loadDataset(broken, { skipCorrupt: true })).skipped.length).toBe(1);

    await expect(loadDataset(await put("empty.zip", zip([])))).rejects.toThrow(/holds no PNG/);
    await expect(loadDataset(await put("arrays.zip", zip([{ name: "x.npy", data: "x" }])))).rejects.toThrow(
      /NumPy arrays/,
    );
  });
});
