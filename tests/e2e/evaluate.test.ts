/** @file Judging through the real command: runs, checkpoints and arrays; and every way in which that is refused. */

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import type { Evaluations } from "../../src/run/evaluation/evaluations.ts";
import { fillUniform, streamKey } from "../../src/util/rng.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

const RUN = "runs/00000-mlp-ring";
const KEEPS_BEST = "runs/00001-mlp-ring";
const CHECKPOINT = `${RUN}/checkpoints/step-00000060.safetensors`;

const uniform = (stream: string, length: number): Float32Array => {
  const out = new Float32Array(length);
  fillUniform(streamKey(0, stream), 0, out);
  return out;
};

function writeImages(name: string, count: number, size: number): void {
  const data = Uint8Array.from(uniform(name, count * size * size), (x) => 255 * x);
  writeFileSync(work.path(name), writeNpy(data, [count, size, size]));
}

beforeAll(async () => {
  const short = ["train", "--preset", "mlp", "--data", "ring", "--set", "log.every=20", "-q"];
  await work.run(...short, "--steps", "60");
  const best = ["--set", "checkpoint.best.scalar=loss/generator", "--set", "checkpoint.every=20"];
  await work.run(...short, "--steps", "40", ...best);
  await work.run("sample", "0", "--seeds", "0-299", "--out", "points.npy");
  writeImages("images.npy", 40, 16);
  writeImages("reals.npy", 80, 16);
  writeImages("larger.npy", 40, 20);
  const points = uniform("nan", 200);
  points[7] = Number.NaN;
  writeFileSync(work.path("nan.npy"), writeNpy(points, [100, 2]));
  const whole = writeNpy(uniform("whole", 200), [100, 2]);
  writeFileSync(work.path("corrupt.npy"), whole.subarray(0, whole.length - 40));
  writeFileSync(work.path("corrupt.safetensors"), "this is no checkpoint");
  mkdirSync(work.path("runs", "00002-empty", "checkpoints"), { recursive: true });
  copyFileSync(work.path(RUN, "config.json"), work.path("runs", "00002-empty", "config.json"));
});

async function judge(...args: readonly string[]): Promise<Evaluations> {
  const { code, stdout, stderr } = await work.call("evaluate", ...args, "--json");
  expect(code, stderr).toBe(0);
  const lines = parseLines(stdout);
  expect(lines).toHaveLength(1);
  return lines[0] as unknown as Evaluations;
}

describe("evaluate", () => {
  test("a run: what was judged by what, and a table", async () => {
    const { code, stdout, stderr } = await work.run("evaluate", "0", "--samples", "300");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`judged     ${RUN}, step 60, moving average: 300 samples, seeds 0-299`);
    expect(stdout).toContain("reference  ring: 300 of 100,000 reals");
    expect(stdout).toMatch(/^figure +value +± +reals +ideal +good$/m);
    expect(stdout).toMatch(/^modes-300 +\d+ +8 +8 +large$/m);
    expect(stdout).toMatch(/^modes-300\/high-quality +0(\.\d+)? +0\.9\d+ +0\.98\d+$/m);
  });

  test("a run is judged by the samples that its seeds draw", async () => {
    const metrics = ["--metrics", "modes,kid,prdc", "--set", "prdc.k=3"];
    const run = await judge("0", "--samples", "300", ...metrics);
    const array = await judge("points.npy", "--reference", "ring", ...metrics);
    expect(run.subject).toEqual({ kind: "run", run: RUN, checkpoint: "step-00000060", step: 60, weights: "ema" });
    expect(array.subject).toEqual({ kind: "samples", name: "points" });
    expect(run.metrics.map(({ metric }) => metric)).toEqual(["modes-300", "kid-300-points", "prdc-300-points-k3"]);
    expect(array.metrics).toEqual(run.metrics);
    expect(run.reference).toEqual({ name: "ring", count: 100_000 });
    // The ideal of coverage depends on k: near 1 - 2^-3.
    const { coverage } = run.metrics[2]!.results;
    expect(coverage!.ideal).toBeGreaterThan(0.86);
    expect(coverage!.ideal).toBeLessThan(0.89);
  });

  test("a checkpoint by name, as the best, and as a file; raw weights", async () => {
    const few = ["--samples", "200", "--metrics", "kid"];
    const { subject } = await judge("1", "--checkpoint", "best", ...few);
    expect(subject).toMatchObject({ run: KEEPS_BEST, checkpoint: expect.stringMatching(/^step-000000[24]0$/) });
    const named = await judge("0", "--checkpoint", "60", ...few);
    const file = await judge(CHECKPOINT, ...few);
    expect(file.metrics).toEqual(named.metrics);
    const raw = await judge(CHECKPOINT, "--raw", ...few);
    expect(raw.subject).toMatchObject({ weights: "raw" });
    expect(raw.metrics).not.toEqual(named.metrics);
    const sampled = await work.run("sample", "1", "--checkpoint", "best", "--out", "best.png");
    expect(sampled.code, sampled.stderr).toBe(0);
  });

  test("all: everything that can be computed, and why the rest cannot", async () => {
    const found = await judge("images.npy", "--reference", "reals.npy", "--metrics", "all");
    expect(found.features).toBe("random_conv");
    expect(found.metrics.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(["kid-40-random_conv", "prdc-40-random_conv", "ms-ssim-40"]),
    );
    const left = Object.fromEntries(found.leftOut.map(({ metric, reason }) => [metric, reason]));
    expect(left).toMatchObject({
      fid: "the metric fid: 40 samples cannot determine the covariance of 256 features",
      modes: expect.stringContaining("known modes"),
      copying: expect.stringContaining("reals that the generator has not seen"),
    });
    expect(found.metrics.length + found.leftOut.length).toBeGreaterThanOrEqual(14);
  });
});

const IMAGES = ["images.npy", "--reference", "reals.npy"];

test("a refusal ends the process with its exit code, and nothing on stdout", async () => {
  const { code, stdout, stderr } = await work.run("evaluate", "absent.npy", "--reference", "ring");
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr).toMatch(/^error: No such file or folder: absent\.npy$/m);
});

describe("is refused, with the reason and what to do", () => {
  test.each([
    ["an unknown metric", ["0", "--metrics", "modes,fdi"], 2, 'unknown metric "fdi". Did you mean "fid"?'],
    ["an option that a metric does not have", ["0", "--metrics", "prdc", "--set", "prdc.kk=3"], 2, 'Did you mean "k"?'],
    [
      "an option of a metric that is not asked for",
      ["0", "--metrics", "fid", "--set", "kid.blockSize=9"],
      2,
      "not among",
    ],
    ["unknown features", [...IMAGES, "--features", "lenet_mist"], 2, 'Did you mean "lenet_mnist"?'],
    ["fewer samples than features", IMAGES, 2, "40 samples cannot determine the covariance of 256 features"],
    ["NaN", ["nan.npy", "--reference", "ring"], 3, "NaN"],
    ["another shape than the reference", ["larger.npy", "--reference", "reals.npy"], 3, "[1,20,20]"],
    ["another kind than the reference", ["images.npy", "--reference", "ring"], 3, "images"],
    ["a run without checkpoint", ["2"], 3, "has no checkpoint yet"],
    ["no such run", ["mlp-rong"], 2, 'there is no run "mlp-rong"'],
    ["no such file", ["absent.npy", "--reference", "ring"], 3, "No such file or folder: absent.npy"],
    ["a damaged checkpoint file", ["corrupt.safetensors"], 3, "corrupt.safetensors"],
    ["no such reference", ["0", "--reference", "rong"], 3, '"rong" is neither'],
    ["no best checkpoint", ["0", "--checkpoint", "best"], 2, "the run keeps none"],
    ["no such checkpoint", ["0", "--checkpoint", "7"], 2, 'no checkpoint "7"'],
    ["a checkpoint of an array", ["points.npy", "--reference", "ring", "--checkpoint", "best"], 2, "is no run"],
    ["a need that is not met", ["0", "--metrics", "classes"], 2, "needs class probabilities"],
    ["copying without unseen reals", [...IMAGES, "--metrics", "copying"], 2, "has not seen"],
    [
      "unseen reals of another shape",
      [...IMAGES, "--held-out", "larger.npy", "--metrics", "copying"],
      3,
      "the unseen reals larger",
    ],
    [
      "unseen reals that nothing looks at",
      [...IMAGES, "--held-out", "images.npy", "--metrics", "kid"],
      2,
      "looks at unseen reals",
    ],
    [
      "a game of samples, whatever reals are named",
      ["points.npy", "--reference", "ring", "--held-out", "grid", "--metrics", "duality-gap"],
      2,
      "needs two players",
    ],
    ["few samples of another kind", ["images.npy", "--reference", "ring", "--metrics", "fid"], 3, "the reference ring"],
    ["more threads than there are", ["0", "--threads", "100000"], 2, "from 1 to 256"],
    ["the folder of all runs", ["runs"], 2, "runs is not a run directory"],
    ["no samples", ["0", "--samples", "0"], 2, "--samples"],
    ["more samples than the array holds", ["points.npy", "--reference", "ring", "--samples", "400"], 2, "holds 300"],
    ["an array without reference", ["points.npy"], 2, "--reference"],
    ["a damaged array", ["corrupt.npy", "--reference", "ring"], 3, "corrupt.npy is truncated"],
  ])("%s", async (_, args, exitCode, message) => {
    const { code, stdout, stderr } = await work.call("evaluate", ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).toMatch(/^help: /m);
  });
});
