/** @file Every kind of bad input through the real command: a clear error, the right exit code, nothing left half-written. */

import { copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

const png = (size: number, shade: number) =>
  sharp({ create: { width: size, height: size, channels: 3, background: { r: shade, g: 255 - shade, b: 80 } } })
    .png()
    .toBuffer();

async function imageFolder(name: string, sizes: readonly number[]): Promise<void> {
  mkdirSync(work.path(name));
  for (const [i, size] of sizes.entries()) writeFileSync(work.path(name, `image-${i}.png`), await png(size, i * 9));
}

beforeAll(async () => {
  mkdirSync(work.path("empty"));
  await imageFolder("corrupt", Array<number>(9).fill(16));
  writeFileSync(work.path("corrupt", "broken.png"), "this is no picture");
  await imageFolder("unequal", [16, 16, 20, 16]);
  const bytes = Uint8Array.from({ length: 8 * 16 * 16 }, (_, i) => i % 256);
  const npy = writeNpy(bytes, [8, 16, 16]);
  writeFileSync(work.path("few.npy"), npy);
  writeFileSync(work.path("truncated.npy"), npy.subarray(0, npy.length - 100));
  writeFileSync(work.path("odd.npy"), writeNpy(bytes.subarray(0, 2 * 17 * 17), [2, 17, 17]));
  const floats = Float32Array.from(bytes, (value) => value / 255);
  floats[700] = Number.NaN;
  writeFileSync(work.path("nan.npy"), writeNpy(floats, [8, 16, 16]));
  writeFileSync(
    work.path("range.npy"),
    writeNpy(
      Float32Array.from(bytes, (value) => value * 9),
      [8, 16, 16],
    ),
  );
  const idx = new Uint8Array(16 + 2 * 28 * 28);
  new DataView(idx.buffer).setUint32(0, 0x0803);
  for (const [i, n] of [3, 28, 28].entries()) new DataView(idx.buffer).setUint32(4 + 4 * i, n);
  writeFileSync(work.path("truncated-idx3-ubyte"), idx);
  writeFileSync(work.path("truncated-idx3-ubyte.gz"), gzipSync(idx).subarray(0, 60));
  writeFileSync(work.path("truncated.zip"), Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0]));
  writeFileSync(work.path("file"), "");
});

/** Runs a training that must be refused without a trace. */
async function refused(args: readonly string[]) {
  const { code, stdout, stderr } = await work.call("train", "--steps", "1", ...args);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).toMatch(/^help: /m);
  expect(work.names("runs")).toEqual([]);
  return { code, stderr };
}

const small = ["--set", "model.base=4", "--batch", "4"];

describe("data: exit code 3, or 2 where an option would help", () => {
  test.each([
    ["missing", ["--data", "absent.npy"], 3, "absent.npy"],
    ["a mistyped name", ["--data", "mnits"], 3, 'Did you mean "mnist"?'],
    ["an empty folder", ["--data", "empty"], 3, "empty"],
    ["one corrupt PNG among good ones", ["--data", "corrupt"], 3, "broken.png"],
    ["a truncated npy", ["--data", "truncated.npy"], 3, "truncated.npy is truncated"],
    ["a truncated IDX", ["--data", "truncated-idx3-ubyte"], 3, "truncated-idx3-ubyte"],
    ["a truncated IDX in gzip", ["--data", "truncated-idx3-ubyte.gz"], 3, "truncated-idx3-ubyte.gz"],
    ["a truncated zip", ["--data", "truncated.zip"], 3, "truncated.zip"],
    ["images of unequal size", ["--data", "unequal"], 3, "20x20"],
    ["NaN", ["--data", "nan.npy"], 3, "1 NaN"],
    ["values out of range", ["--data", "range.npy"], 3, "0 to 2295"],
    ["fewer images than a batch", ["--data", "few.npy", "--batch", "9"], 2, "8 samples, fewer than one batch of 9"],
    ["an option that does not apply", ["--data", "ring", "--size", "16"], 2, "size"],
  ])("%s", async (_, args, exitCode, message) => {
    const { code, stderr } = await refused([...small, ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
  });
});

describe("shapes: exit code 2 before anything is trained", () => {
  test.each([
    ["a size that does not halve", ["--data", "odd.npy", "--batch", "2"], 'model "dcgan" cannot make 17x17 images'],
    ["points for an image model", ["--preset", "dcgan", "--data", "ring"], 'model "dcgan" makes square images'],
    ["images the article's networks do not make", ["--preset", "tutorial", "--data", "few.npy"], "--size 32"],
  ])("%s", async (_, args, message) => {
    const { code, stderr } = await refused(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("what is allowed by an option", () => {
  test("a corrupt file is left out, counted and named", async () => {
    const { code, stderr } = await work.run(
      "train",
      "--steps",
      "1",
      ...small,
      "--data",
      "corrupt",
      "--set",
      "data.skipCorrupt=true",
      "--out",
      "skipped",
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("9 colour images of 16x16");
    expect(stderr).toMatch(/skipped +1 unreadable, the first: broken\.png/);
  });

  test("so does data inspect", async () => {
    const { stdout } = await work.run("data", "inspect", "corrupt", "--skip-corrupt", "--json");
    expect(parseLines(stdout)[0]).toMatchObject({ count: 9, skipped: [{ item: "broken.png" }] });
    const { code, stderr } = await work.run("data", "inspect", "corrupt");
    expect([code, stderr.includes("broken.png")]).toEqual([3, true]);
  });

  test("images of unequal size are scaled", async () => {
    const { code, stderr } = await work.run("train", "--dry-run", ...small, "--data", "unequal", "--size", "16");
    expect(code, stderr).toBe(0);
  });
});

describe("--out", () => {
  test.each([
    ["a file", "file"],
    ["below a file", "file/runs"],
  ])("%s: exit code 2", async (_, out) => {
    const { code, stderr } = await refused(["--preset", "mlp", "--out", out]);
    expect(stderr).toContain(`cannot make runs in ${out}`);
    expect(code).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0)("not writable: exit code 3", async () => {
    mkdirSync(work.path("locked"), { mode: 0o555 });
    const { code, stderr } = await refused(["--preset", "mlp", "--out", "locked"]);
    expect(stderr).toContain("permission denied");
    expect(code).toBe(3);
  });
});

describe("checkpoints", () => {
  const RUN = "damage/00000-mlp-ring";
  const checkpoint = (step: number) => work.path(RUN, "checkpoints", `step-0000000${step}.safetensors`);
  const resume = (...args: string[]) => work.run("resume", "0", "--out", "damage", ...args);

  beforeAll(async () => {
    const flags = ["--preset", "mlp", "--steps", "4", "--out", "damage", "--set", "checkpoint.every=2"];
    const { code, stderr } = await work.run("train", ...flags);
    expect(code, stderr).toBe(0);
  });

  test.runIf(existsSync("/dev/full")).each([[["--help"]], [["doctor"]], [["runs", "ls", "--out", "damage", "--json"]]])(
    "results that cannot be written are an error in words: %s",
    async (args) => {
      const { code, stderr } = await work.start(args, { stdout: "/dev/full" }).ended;
      expect(code, stderr).toBe(3);
      expect(stderr).toContain("the output cannot be written: no space is left");
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  test.runIf(process.platform === "linux")("a disk that fills up: the last good one survives", async () => {
    const before = readFileSync(checkpoint(4));
    const full = await work.start(["resume", "0", "--out", "damage", "--steps", "6"], { limitBlocks: 200 }).ended;
    expect(full.code, full.stderr).toBe(3);
    expect(full.stderr).toContain("step-00000006.safetensors");
    expect(full.stderr).toContain("--out");
    expect(work.names(RUN, "checkpoints")).toEqual(["step-00000002.safetensors", "step-00000004.safetensors"]);
    expect(readFileSync(checkpoint(4)).equals(before)).toBe(true);
  });

  test("a truncated one is passed over with a warning, for resume and sample alike", async () => {
    copyFileSync(checkpoint(4), work.path("kept"));
    truncateSync(checkpoint(4), 5000);
    const sampled = await work.run("sample", "0", "--runs", "damage", "--seeds", "0-3", "--out", "x.npy", "--json");
    expect(sampled.stderr).toMatch(/^warning: checkpoint .*step-00000004.* is damaged/);
    expect(parseLines(sampled.stdout)[0]).toMatchObject({ step: 2 });
    const { code, stderr } = await resume("--steps", "5");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/warning: checkpoint .*step-00000004.* is damaged/);
    expect(stderr).toContain("goes on from step-00000002");
  });

  test("when none is good, it is refused", async () => {
    const names = work.names(RUN, "checkpoints");
    for (const name of names) {
      const bytes = readFileSync(work.path(RUN, "checkpoints", name));
      bytes[bytes.length - 5]! ^= 1;
      writeFileSync(work.path(RUN, "checkpoints", name), bytes);
    }
    const events = readFileSync(work.path(RUN, "events.jsonl"), "utf8");
    const { code, stdout, stderr } = await resume("--steps", "9");
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toContain("the checksum does not match");
    expect(stderr).toContain("help: no checkpoint of this run is good");
    expect(readFileSync(work.path(RUN, "events.jsonl"), "utf8")).toBe(events);
    expect((await work.run("export", "0", "--runs", "damage")).code).toBe(3);
  });
});

describe("a device that is not there", () => {
  test("is refused by name, with those that are", async () => {
    const { code, stderr } = await refused([
      "--preset",
      "mlp",
      "--device",
      process.platform === "darwin" ? "dml" : "coreml",
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/device "(coreml|dml)" is not offered/);
    expect(stderr).toContain("cpu");
  });
});
