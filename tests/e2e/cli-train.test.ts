/** @file Training through the real command, and everything one does with a run: resume, sample, export, list, stop. */

import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { parseNpy, writeNpy } from "../../src/data/npy.ts";
import { exportOnnx, runOnnxModel } from "../../src/run/sampling/export.ts";
import { loadRun } from "../../src/run/store/load-run.ts";
import { runPaths } from "../../src/run/store/run-dir.ts";
import { type CommandResult, parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

const MLP = "runs/00000-mlp-ring";
const DCGAN = "runs/00001-dcgan-mnist";
let mlp: CommandResult;
let dcgan: CommandResult;

beforeAll(async () => {
  mlp = await work.run("train", "--preset", "mlp", "--data", "ring", "--steps", "60", "--set", "log.every=20");
  dcgan = await work.run("train", "--set", "model.base=4", "--steps", "3", "--json", "--batch", "32");
});

const isPng = (...path: string[]) =>
  readFileSync(work.path(...path))
    .subarray(1, 4)
    .toString() === "PNG";

describe("train", () => {
  test("mlp on ring: what is trained on stderr, the run directory on stdout", () => {
    expect(mlp.code, mlp.stderr).toBe(0);
    expect(mlp.stdout).toBe(`${MLP}\n`);
    const { stderr } = mlp;
    expect(stderr).toContain("ring: 100,000 points in 2 dimensions in 8 classes");
    expect(stderr).toContain("generator 17,154, discriminator 17,025 parameters");
    expect(stderr).toMatch(/^expected +about 2\d\d MB of memory, 0\.1\d\d GFLOP a step, [\d.]+ TFLOP in all$/m);
    expect(stderr).toMatch(/step [\d,]+\/60 .* loss G [\d.]+ D [\d.]+ .* img\/s/);
    expect(stderr).toContain("finished at step 60");
    expect(stderr).toContain(`gantry sample ${MLP}`);
    expect(stderr).not.toContain("\r");
    expect(readFileSync(work.path(MLP, "log.txt"), "utf8")).toContain("finished at step 60");
  });

  test("the run directory has everything", () => {
    expect(work.names(MLP)).toEqual([
      "checkpoints",
      "config.json",
      "environment.json",
      "events.jsonl",
      "log.txt",
      "reals.png",
      "samples",
    ]);
    expect(work.names(MLP, "checkpoints")).toEqual(["step-00000060.safetensors"]);
    expect(work.names(MLP, "samples")).toContain("fakes-000060.png");
    expect(isPng(MLP, "samples", "fakes-000060.png")).toBe(true);
    expect(isPng(MLP, "reals.png")).toBe(true);
    expect(work.json(MLP, "config.json")).toMatchObject({ preset: "mlp", steps: 60, images: null });
    expect(work.json(MLP, "environment.json")).toHaveProperty("onnxruntime");
  });

  test("--json: events as NDJSON, the result last, the same lines as events.jsonl", () => {
    expect(dcgan.code, dcgan.stderr).toBe(0);
    expect(dcgan.stderr).toContain("preset recommended (the default)");
    const lines = parseLines(dcgan.stdout);
    expect(lines.at(-1)).toMatchObject({ type: "result", run: DCGAN, status: "finished", step: 3, images: 96 });
    expect(lines.slice(0, -1)).toEqual(parseLines(readFileSync(work.path(DCGAN, "events.jsonl"), "utf8")));
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["start", "status", "sample", "scalars", "checkpoint"]),
    );
  });

  test("--quiet prints nothing but the run directory", async () => {
    const { code, stdout, stderr } = await work.run("train", "--preset", "mlp", "--steps", "1", "-q", "--out", "quiet");
    expect([code, stdout, stderr]).toEqual([0, "quiet/00000-mlp-ring\n", ""]);
  });
});

test("a training that diverges fails with exit code 4, and says where", async () => {
  const flags = ["--set", "optimizer.discriminator.lr=1e30", "--set", "log.every=1", "--out", "diverged", "--json"];
  const { code, stdout, stderr } = await work.run("train", "--preset", "mlp", "--steps", "50", ...flags);
  expect(code, stderr).toBe(4);
  const lines = parseLines(stdout);
  expect(lines.at(-1)).toMatchObject({ type: "result", status: "failed" });
  expect(lines.filter(({ type }) => type === "finding")).toMatchObject([{ code: "numerical-divergence" }]);
  expect(parseLines(stderr.split("\n").at(-2)!)[0]).toMatchObject({ error: { exitCode: 4 } });
});

test("where remedies do not help, the budget is spent, it is said which were tried, and the exit code is 4", async () => {
  // Points so far out that their squares are no numbers: no remedy makes a game of them.
  const huge = Float32Array.from({ length: 2000 }, (_, i) => 1e37 * Math.sin(i));
  writeFileSync(work.path("huge.npy"), writeNpy(huge, [1000, 2]));
  const flags = ["--data", "huge.npy", "--steps", "50", "--set", "log.every=1", "--out", "spent"];
  const auto = ["--remedy", "auto", "--set", "health.budget=1"];
  const { code, stdout, stderr } = await work.run("train", "--preset", "mlp", "--json", ...flags, ...auto);
  expect(code, stderr).toBe(4);
  expect(stderr).toMatch(
    /tried: recommended-game, and the budget of 1 remedy \(health\.budget\) is spent; no healthy checkpoint/,
  );
  const types = parseLines(stdout).map(({ type }) => type);
  expect(types.filter((type) => type === "remedy")).toHaveLength(1);
  expect(types.at(-1)).toBe("result");
});

describe("sample", () => {
  test("a grid of images as PNG", async () => {
    const { code, stdout } = await work.run("sample", "1", "--seeds", "0-5", "--grid", "3x2", "--out", "grid.png");
    expect([code, stdout]).toEqual([0, "grid.png\n"]);
    expect(isPng("grid.png")).toBe(true);
  });

  test("a seed gives the same sample whatever is drawn beside it; --raw differs", async () => {
    const draw = async (out: string, ...args: string[]) => {
      const { code, stdout } = await work.run("sample", DCGAN, "--out", out, "--json", ...args);
      expect(code).toBe(0);
      expect(parseLines(stdout)[0]).toMatchObject({ path: out, step: 3 });
      return parseNpy(new Uint8Array(readFileSync(work.path(out))), out);
    };
    const many = await draw("many.npy", "--seeds", "0-69");
    const few = await draw("few.npy", "--seeds", "3,68");
    expect([many.shape, many.dtype]).toEqual([[70, 28, 28], "u1"]);
    const size = 28 * 28;
    const at = (seed: number) => many.data.slice(seed * size, (seed + 1) * size);
    expect(few.data.slice(0, size)).toEqual(at(3));
    expect(few.data.slice(size)).toEqual(at(68));
    expect(at(3)).not.toEqual(at(4));
  });

  test("points as a plot in the run directory, and as an array", async () => {
    const { stdout } = await work.run("sample", "0");
    expect(stdout.trim()).toBe(`${MLP}/samples/seeds-0-2499-step-60.png`);
    expect(isPng(stdout.trim())).toBe(true);
    await work.run("sample", "0", "--seeds", "0-9", "--raw", "--out", "points.npy");
    expect(parseNpy(new Uint8Array(readFileSync(work.path("points.npy"))), "x")).toMatchObject({
      shape: [10, 2],
      dtype: "f4",
    });
  });

  test.each([
    [["--out", "x.gif"], ".png or .npy"],
    [["--seeds", "0-9", "--grid", "2x2"], "do not fit"],
    [["--checkpoint", "7"], 'no checkpoint "7"'],
  ])("%j is refused", async (args, message) => {
    const { code, stderr } = await work.run("sample", "1", ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

describe("export", () => {
  test("an ONNX file that gives the run's own samples", async () => {
    const { code, stdout } = await work.run(
      "export",
      "1",
      "--format",
      "onnx",
      "--batch",
      "5",
      "--out",
      "g.onnx",
      "--json",
    );
    expect(code).toBe(0);
    const [report] = parseLines(stdout) as [{ difference: number; input: number[]; output: number[] }];
    expect(report).toMatchObject({ path: "g.onnx", input: [5, 64], output: [5, 1, 28, 28], step: 3 });
    expect(report.difference).toBeLessThan(1e-4);
    const bytes = new Uint8Array(readFileSync(work.path("g.onnx")));
    expect(Buffer.from(bytes).includes("com.microsoft")).toBe(false);
    const latent = { data: new Float32Array(5 * 64).fill(0.1), shape: [5, 64] };
    const [samples] = await runOnnxModel(bytes, [{ latent }]);
    expect(samples).toHaveLength(5 * 28 * 28);
    expect(samples!.every((value) => Math.abs(value) <= 1)).toBe(true);
  });

  test("a file that fails its check is not left behind: exit code 5", async () => {
    const run = loadRun(runPaths(work.path(MLP)));
    const faulty: typeof runOnnxModel = async (...args) =>
      (await runOnnxModel(...args)).map((samples) => samples.map((value) => value + 1e-3));
    const path = work.path("faulty.onnx");
    const attempt = exportOnnx(run, path, { batch: 16, weights: "ema" }, await nodeBackend(), faulty);
    await expect(attempt).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining("differs") });
    expect(existsSync(path)).toBe(false);
  });
});

describe("metrics while training", () => {
  test("are said, written to their files, and shown", async () => {
    const judged = ["train", "--preset", "mlp", "--data", "ring", "--out", "judged", "--steps", "6"];
    const flags = ["--metrics", "modes,kid", "--set", "metrics.every=4", "--set", "metrics.samples=50"];
    const { code, stderr } = await work.run(...judged, ...flags, "--set", "checkpoint.best.scalar=kid");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("metrics   modes, kid every 4 steps");
    expect(stderr).toMatch(/^judging the reals by modes, kid …$/m);
    expect(stderr).toMatch(/metric {3}kid-50-points [\d.e-]+ \(reals [\d.e-]+\) at step 4/);
    const run = "judged/00000-mlp-ring";
    expect(work.names(run)).toContain("metric-modes-50.jsonl");
    expect(readFileSync(work.path(run, "metric-kid-50-points.jsonl"), "utf8").trim().split("\n")).toHaveLength(2);
    expect(work.names(run, "checkpoints")[0]).toBe("step-00000004.safetensors");
    const show = await work.run("runs", "show", "0", "--out", "judged");
    expect(show.stdout).toMatch(/kid-50-points .* at step 6\n/);
    expect(show.stdout).toMatch(/modes-50 \d.* at step 6; all/);
  });

  test("that cannot be computed leave no run behind: exit code 2", async () => {
    const { code, stderr } = await work.run("train", "--preset", "mlp", "--metrics", "ms-ssim", "--out", "refused");
    expect([code, stderr]).toEqual([2, expect.stringContaining("the metric ms-ssim needs images")]);
    expect(existsSync(work.path("refused"))).toBe(false);
  });
});

describe("runs", () => {
  test("ls and show, in words and as JSON", async () => {
    const list = await work.run("runs", "ls");
    expect(list.stdout).toMatch(/00000-mlp-ring +finished +60/);
    const { runs } = parseLines((await work.run("runs", "ls", "--json")).stdout)[0] as { runs: unknown[] };
    expect(runs[1]).toMatchObject({ name: "00001-dcgan-mnist", status: "finished", step: 3, model: "dcgan" });
    const show = await work.run("runs", "show", "1");
    expect(show.stdout).toContain("finished at step 3");
    const [shown] = parseLines((await work.run("runs", "show", "mlp-ring", "--json")).stdout);
    expect(shown ?? {}).toEqual({});
    const [named] = parseLines((await work.run("runs", "show", "0", "--json")).stdout);
    expect(named).toMatchObject({ name: "00000-mlp-ring", checkpoints: [{ step: 60 }], config: { preset: "mlp" } });
  });

  test("none", async () => {
    const { code, stdout, stderr } = await work.run("runs", "ls", "--out", "nowhere");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("no runs in nowhere");
  });
});

describe("resume", () => {
  test("a finished run says so", async () => {
    const { code, stdout, stderr } = await work.run("resume", "1");
    expect([code, stdout]).toEqual([0, `${DCGAN}\n`]);
    expect(stderr).toContain("is finished");
    // The recommended recipe has schedules: their end is the end.
    expect(stderr).toContain("cannot go further");
  });

  test("one that failed at its last step says that, with the exit code", async () => {
    cpSync(work.path(DCGAN), work.path("ended", "00000-over"), { recursive: true });
    const log = work.path("ended", "00000-over", "events.jsonl");
    const last = parseLines(readFileSync(log, "utf8")).findLast(({ type }) => type === "status");
    const reason = "stalled: nothing is learned; no remedy was tried, and there is none left to try";
    appendFileSync(log, `${JSON.stringify({ ...last, status: "failed", reason })}\n`);
    const { code, stdout, stderr } = await work.run("resume", "0", "--out", "ended", "--json");
    expect(code, stderr).toBe(4);
    expect(parseLines(stdout)).toMatchObject([{ type: "result", status: "failed", reason }]);
    expect(stderr).toContain(`training failed: ${reason}`);
  });

  test("lengthened, it ends with the weights of a run that was never stopped", async () => {
    const flags = ["--preset", "mlp", "--set", "log.every=10", "--threads", "1"];
    await work.run("train", ...flags, "--steps", "30", "--out", "whole");
    await work.run("train", ...flags, "--steps", "20", "--out", "parts");
    const fewer = await work.run("resume", "0", "--out", "parts", "--steps", "10");
    expect([fewer.code, fewer.stderr]).toEqual([0, expect.stringContaining("10 are fewer than it has")]);
    const { code, stderr } = await work.run("resume", "0", "--out", "parts", "--steps", "30");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("goes on from step-00000020");
    const state = (out: string) => loadRun(runPaths(work.path(out, "00000-mlp-ring"))).checkpoint.state;
    const [whole, parts] = [state("whole"), state("parts")];
    expect([...parts.keys()]).toEqual([...whole.keys()]);
    for (const [name, { data }] of whole) expect(parts.get(name)!.data, name).toEqual(data);
  });

  test("under another config: refused, differences listed, config.json as it was", async () => {
    const before = readFileSync(work.path(MLP, "config.json"), "utf8");
    const { code, stdout, stderr } = await work.run(
      "resume",
      "0",
      "--steps",
      "90",
      "--set",
      "optimizer.generator.lr=0.5",
    );
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("optimizer.generator.lr: 0.001 -> 0.5");
    expect(stderr).not.toContain("batch:");
    expect(readFileSync(work.path(MLP, "config.json"), "utf8")).toBe(before);
  });
});

describe("signals", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s once: a checkpoint, exit code %i, and the run can go on", async (signal, exitCode) => {
    const command = work.start([
      "train",
      "--preset",
      "mlp",
      "--steps",
      "100000",
      "--set",
      "log.every=5",
      "--out",
      signal,
    ]);
    await command.shows("step ");
    command.process.kill(signal);
    const { code, stdout, stderr } = await command.ended;
    expect(code, stderr).toBe(exitCode);
    expect(stdout).toBe(`${signal}/00000-mlp-ring\n`);
    expect(stderr).toContain("writing a checkpoint");
    const [{ status, step }] = (
      parseLines((await work.run("runs", "ls", "--out", signal, "--json")).stdout)[0] as {
        runs: [{ status: string; step: number }];
      }
    ).runs;
    expect(status).toBe("interrupted");
    const resumed = await work.run("resume", "0", "--out", signal, "--steps", String(step + 2));
    expect(resumed.code, resumed.stderr).toBe(0);
  });

  test("twice: now, however long the step still takes", async () => {
    const large = ["--batch", "50000", "--set", "model.width=512", "--steps", "100"];
    const command = work.start(["train", "--preset", "mlp", ...large, "--out", "twice"]);
    await command.shows("samples  ");
    command.process.kill("SIGINT");
    await command.shows("once more");
    await new Promise((resolve) => setTimeout(resolve, 350));
    command.process.kill("SIGINT");
    const start = performance.now();
    expect((await command.ended).code).toBe(130);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});
