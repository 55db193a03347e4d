/** @file `gantry preflight`, and the same checks at the start of `gantry train`, through the real command. */

import { mkdirSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Note } from "../../src/health/preflight/check.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

/** Writes a folder of colour images of 16 pixels in two classes: pixel `p` of image `i` is `grey(i, p)` in all channels. */
async function folder(name: string, grey: (image: number, pixel: number) => number): Promise<void> {
  for (const kind of ["cats", "dogs"]) mkdirSync(work.path(name, kind), { recursive: true });
  for (let i = 0; i < 40; i++) {
    const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => grey(i, Math.floor(at / 3)));
    const file = work.path(name, i < 20 ? "cats" : "dogs", `${i}.png`);
    await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
      .png()
      .toFile(file);
  }
}

const noise = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 24;

interface Result {
  readonly ok: boolean;
  readonly notes: readonly Note[];
  readonly cost: { readonly gflop: number; readonly memory: number; readonly timed?: { readonly seconds: number } };
}

const resultOf = (stdout: string): Result => parseLines(stdout)[0] as unknown as Result;
const found = ({ notes }: Result, level: string) =>
  notes.filter((note) => note.level === level).map(({ check }) => check);

beforeAll(async () => {
  await folder("equal", (_, pixel) => noise(pixel));
  // The dogs are the cats once more.
  await folder("twice", (image, pixel) => noise(256 * (image % 20) + pixel));
});

const TINY = ["--steps", "2", "--batch", "4", "--set", "model.base=2", "--set", "samples.count=4", "--threads", "1"];

describe("equal images", () => {
  test("are an error of preflight", async () => {
    const { code, stdout, stderr } = await work.run("preflight", "--data", "equal", ...TINY);
    expect(code, stderr).toBe(2);
    expect(stdout).toMatch(/^error {4}samples-differ {2}all 40 samples are equal: there is nothing to learn$/m);
    expect(stdout).toMatch(/\[prevents data-fault\]$/m);
    expect(stderr).toMatch(/^error: training makes no sense: samples-differ$/m);
  });

  test("are not trained on, and nothing is written", async () => {
    const { code, stdout, stderr } = await work.run("train", "--data", "equal", ...TINY);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: samples-differ: all 40 samples are equal/m);
    expect(stderr).toMatch(/^help: .*--set health\.probes=off$/m);
    expect(work.names("runs")).toEqual([]);
  });

  test("are trained on by who turns health off", async () => {
    const { code, stderr } = await work.run("train", "--data", "equal", ...TINY, "--set", "health.probes=off");
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/warning:/);
  });
});

describe("grey images in three channels, each in both classes", () => {
  test("are warned of", async () => {
    const { code, stdout, stderr } = await work.run("preflight", "--data", "twice", ...TINY, "--json");
    expect(code, stderr).toBe(0);
    const result = resultOf(stdout);
    expect(result.ok).toBe(true);
    // 20 repeats and 20 labels that disagree.
    expect(found(result, "warning")).toEqual(["colours", "duplicates", "duplicates", "batch", "augmentation"]);
    expect(result.notes.find(({ message }) => /20 of the 20 repeats have another label/.test(message))).toMatchObject({
      level: "warning",
      code: "data-fault",
    });
  });

  test("are warned of by a dry run too, which writes nothing", async () => {
    const { code, stderr } = await work.run("train", "--data", "twice", ...TINY, "--dry-run", "--out", "dry");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^warning: duplicates: 20 of 40 samples repeat another exactly/m);
    expect(work.names("dry")).toEqual([]);
  });

  test("are trained on with these warnings, which are in the log", async () => {
    const { code, stderr } = await work.run("train", "--data", "twice", ...TINY, "--out", "warned");
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /^warning: colours: all 40 images looked at are grey in three channels; set data\.channels=1/m,
    );
    const [run] = work.names("warned");
    const events = parseLines(readFileSync(work.path("warned", run!, "events.jsonl"), "utf8"));
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(["start", "note"]);
    const notes = events.filter(({ type }) => type === "note");
    expect(notes.map(({ message }) => String(message).split(":")[0])).toEqual([
      ...["colours", "duplicates", "duplicates", "batch", "augmentation"],
    ]);
    for (const note of notes) expect(note).toMatchObject({ level: "warning", step: 0 });
  });
});

test("MNIST and the recommended recipe have nothing said against them", async () => {
  const { code, stdout, stderr } = await work.run("preflight", "--data", "mnist", "--json");
  expect(code, stderr).toBe(0);
  const result = resultOf(stdout);
  expect([found(result, "warning"), found(result, "error")]).toEqual([[], []]);
  expect(found(result, "ok").length).toBeGreaterThan(9);
  expect(result.cost.timed).toBeUndefined();
  expect(work.names("runs").length).toBeLessThan(2);
});

test("steps are timed when asked for", async () => {
  const args = ["preflight", "--data", "ring", "--set", "data.count=2000", "--threads", "1", "--measure"];
  const { code, stdout, stderr } = await work.run(...args);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^ok {7}time +[\d.]+ ms a step over 5 steps \([\d.]+ GFLOP a second\): .* for 12000 steps/m);
});
