/** @file Classes through the real command: training on labelled images and points, samples of one class, export, wrong uses. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseNpy, writeNpy } from "../../src/data/npy.ts";
import { runOnnxModel } from "../../src/run/sampling/export.ts";
import { type CommandResult, parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

const SHADES = { dark: 30, light: 220 };
const RUN = "runs/00000-dcgan-shades";
const small = ["--batch", "16", "--set", "model.base=4", "--set", "model.latent=4", "--set", "model.norm=none"];
const fast = ["optimizer.generator.lr=5e-3", "optimizer.discriminator.lr=5e-3"].flatMap((key) => ["--set", key]);
let trained: CommandResult;

beforeAll(async () => {
  // One folder for each class.
  for (const [name, shade] of Object.entries(SHADES)) {
    mkdirSync(work.path("shades", name), { recursive: true });
    for (let i = 0; i < 20; i++) {
      const grey = shade + (i % 5);
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: grey, g: grey, b: grey } } });
      writeFileSync(work.path("shades", name, `${i}.png`), await image.png().toBuffer());
    }
  }
  writeFileSync(
    work.path("plain.npy"),
    writeNpy(
      Uint8Array.from({ length: 40 * 64 }, (_, i) => (i * 37) % 251),
      [40, 8, 8],
    ),
  );
  trained = await work.run(
    ...["train", "--preset", "dcgan", "--data", "shades", "--steps", "150", ...small, ...fast],
    ...["--set", "penalties=r1", "--set", "conditioning=projection", "--set", "conditioning.generator=norm"],
  );
});

/** Draws into a .npy and gives the mean of each sample. */
async function means(run: string, ...args: string[]): Promise<number[]> {
  const { code, stderr } = await work.run("sample", run, "--out", "drawn.npy", ...args);
  expect(code, stderr).toBe(0);
  const { data, shape } = parseNpy(new Uint8Array(readFileSync(work.path("drawn.npy"))), "drawn.npy");
  const [count, size] = [shape[0]!, data.length / shape[0]!];
  return Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += Number(data[i * size + k]);
    return sum / size;
  });
}

describe("a run about classes", () => {
  test("trains, and keeps the names of the classes", () => {
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stdout).toBe(`${RUN}\n`);
    expect(trained.stderr).toContain("in 2 classes");
    expect(work.json(RUN, "config.json")).toMatchObject({
      conditioning: { generator: "norm", discriminator: "projection" },
    });
  });

  test.each([
    ["light", SHADES.light],
    ["0", SHADES.dark],
  ])("--class %s draws samples of it", async (name, shade) => {
    for (const mean of await means("0", "--seeds", "0-7", "--class", name)) {
      expect(Math.abs(mean - (shade + 2))).toBeLessThan(40);
    }
  });

  test("the classes take turns by seed, or those that are named do", async () => {
    const [dark, light] = [
      await means("0", "--seeds", "4-7", "--class", "dark"),
      await means("0", "--seeds", "4-7", "--class", "light"),
    ];
    expect(await means("0", "--seeds", "4-7")).toEqual([dark[0], light[1], dark[2], light[3]]);
    expect(await means("0", "--seeds", "4-7", "--class", "light,dark")).toEqual([light[0], dark[1], light[2], dark[3]]);
  });

  test("says in the picture's name and in JSON which class it is; the data are not needed", async () => {
    renameSync(work.path("shades"), work.path("away"));
    const { stdout } = await work.run("sample", "0", "--class", "light", "--seeds", "0-3", "--json");
    renameSync(work.path("away"), work.path("shades"));
    expect(parseLines(stdout)[0]).toMatchObject({
      path: `${RUN}/samples/seeds-0-3-class-1-step-150.png`,
      classes: [1],
      count: 4,
    });
  });

  test("is exported with its labels as a second input", async () => {
    const { code, stdout, stderr } = await work.run("export", "0", "--out", "g.onnx", "--batch", "2", "--json");
    expect(code, stderr).toBe(0);
    const [report] = parseLines(stdout) as [{ difference: number }];
    expect(report).toMatchObject({ input: [2, 4], asked: { name: "labels", shape: [2, 2] }, output: [2, 3, 8, 8] });
    expect(report.difference).toBeLessThan(1e-4);
    const latent = { data: new Float32Array(8).fill(0.1), shape: [2, 4] };
    const labels = { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] };
    const [samples] = await runOnnxModel(new Uint8Array(readFileSync(work.path("g.onnx"))), [{ latent, labels }]);
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(samples!.subarray(192)) - mean(samples!.subarray(0, 192))).toBeGreaterThan(0.5);
  });

  test("goes on after a stop", async () => {
    const { code, stderr } = await work.run("resume", "0", "--steps", "152");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("goes on from step-00000150");
  });
});

test("a run about a code: --class is a category", async () => {
  const { code, stderr } = await work.run(
    ...["train", "--data", "plain.npy", "--steps", "2", ...small, "--set", "code=3", "--out", "coded"],
  );
  expect(code, stderr).toBe(0);
  const flags = ["--runs", "coded", "--seeds", "0-2"];
  const [turns, second] = [await means("0", ...flags), await means("0", ...flags, "--class", "1")];
  expect(second[1]).toBe(turns[1]);
  expect(second[0]).not.toBe(turns[0]);
  const report = await work.run("export", "0", "--runs", "coded", "--out", "coded.onnx", "--json");
  expect(parseLines(report.stdout)[0]).toMatchObject({ asked: { name: "code", shape: [1, 3] } });
});

describe("what is refused", () => {
  test.each([
    [
      "data without labels",
      ["--set", "conditioning=projection"],
      '"plain.npy" has no labels',
      "one folder for each class",
    ],
    [
      "one player told",
      ["--set", "conditioning.generator=none", "--set", "conditioning.discriminator=concat"],
      "could only lose",
      "for both",
    ],
    ["an unknown way", ["--set", "conditioning=projektion"], "conditioning.discriminator: Invalid option", "config.md"],
  ])("%s: exit code 2, nothing written", async (_, args, message, help) => {
    const { code, stdout, stderr } = await work.run(
      "train",
      "--data",
      "plain.npy",
      ...small,
      ...args,
      "--out",
      "refused",
    );
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
    expect(work.names("refused")).toEqual([]);
  });

  test("a class that does not exist, and a class of a run without any", async () => {
    const unknown = await work.run("sample", "0", "--class", "ligth");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('no class "ligth". Did you mean "light"?');
    expect(unknown.stderr).toContain("numbered from 0 to 1 (dark, light)");
    await work.run("train", "--data", "plain.npy", "--steps", "1", ...small, "--out", "unconditional", "-q");
    const none = await work.run("sample", "0", "--runs", "unconditional", "--class", "0");
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("trained without classes");
    expect(none.stderr).toContain("conditioning=projection");
  });
});
