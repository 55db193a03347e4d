/** @file Benchmarks through the real command: trained, judged, recorded, reused, interrupted, reported, refused. */

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { readRecords } from "../../src/benchmarks/trial-record.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

const SMALL = ["--steps", "40", "--set", "model.width=8", "--set", "batch=16"];
const RING = ["bench", "ring", "--recipe", "gan,recommended", "--trials", "2", ...SMALL];
const results = (...folder: readonly string[]) => readRecords(work.path(...folder, "results.jsonl"));

describe("ring, two recipes, two trials, far too short", () => {
  test("prints our rows beside published ones, under a name that says it was changed", async () => {
    const { code, stdout, stderr } = await work.run(...RING);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^ring, gantry-12k \(changed: steps=40, batch=16, model\.width=8\)$/m);
    expect(stdout).toMatch(/^non-saturating GAN +2 /m);
    expect(stdout).toMatch(/^recommended: relativistic \+ R1 \+ R2 +2 /m);
    expect(stdout).toMatch(/^PacGAN2, published +7\.9 ± 0\.1 +95\.6 ± 2\.0 %/m);
    expect(stdout).toMatch(/^perfect samples, in theory +8 +98\.9 %/m);
    const records = results("bench-runs");
    expect(records.map(({ recipe, trial }) => `${recipe} ${trial}`).sort()).toEqual([
      ...["gan 0", "gan 1", "recommended 0", "recommended 1"],
    ]);
    for (const record of records) {
      expect(record).toMatchObject({ protocol: "gantry-12k (changed)", status: "finished", steps: 40, threads: 1 });
      expect(record.changes).toBe("steps=40, batch=16, model.width=8");
      expect(record.figures["modes-2500"]).toBeGreaterThanOrEqual(0);
      expect(record.figures["modes-2500"]).toBeLessThanOrEqual(8);
      expect(record.figures["modes-2500/high-quality"]).toBeLessThan(0.5);
      expect(record.real["modes-2500/high-quality"]).toBeGreaterThan(0.98);
      expect(record.seconds).toBeGreaterThan(0);
    }
    // Seeds differ, and so does what comes of them.
    expect(new Set(records.map(({ fingerprint }) => fingerprint)).size).toBe(4);
    const run = ["bench-runs", "ring", "gantry-12k-changed", "gan", "trial-00", "00000-mlp-ring"];
    expect(work.names(...run, "checkpoints")).toEqual(["step-00000040.safetensors"]);
  });

  test("is not run again, and gives the same figures", async () => {
    const before = readFileSync(work.path("bench-runs", "results.jsonl"), "utf8");
    const { code, stdout, stderr } = await work.run(...RING, "--json");
    expect(code, stderr).toBe(0);
    expect(stderr.match(/recorded before/g)).toHaveLength(4);
    expect(readFileSync(work.path("bench-runs", "results.jsonl"), "utf8")).toBe(before);
    const [result] = parseLines(stdout) as [{ report: { rows: { trials: number }[] }; records: unknown[] }];
    expect(result.report.rows.map(({ trials }) => trials)).toEqual([2, 2]);
    expect(result.records).toHaveLength(4);
  });

  test("goes on with more trials where it was", async () => {
    const args = ["bench", "ring", "--recipe", "gan", "--trials", "3", "--jobs", "1", ...SMALL];
    const { code, stderr } = await work.run(...args);
    expect(code, stderr).toBe(0);
    expect(stderr.match(/recorded before/g)).toHaveLength(2);
    expect(results("bench-runs")).toHaveLength(5);
    // Alone in its process, its processor time is known.
    expect(results("bench-runs").at(-1)!.processorSeconds).toBeGreaterThan(0);
  });

  test("--report prints all of it as Markdown", async () => {
    const { code, stdout } = await work.run("bench", "--report");
    expect(code).toBe(0);
    expect(stdout).toContain("### ring: gantry-12k (changed: steps=40, batch=16, model.width=8)");
    expect(stdout).toMatch(/^\| non-saturating GAN \| 3 \|/m);
    const json = await work.run("bench", "ring", "--report", "--json");
    expect(parseLines(json.stdout)[0]).toMatchObject({ reports: [{ benchmark: "ring", rows: [{}, {}] }] });
    const one = await work.run("bench", "--report", "--recipe", "gan", "--json");
    expect(parseLines(one.stdout)[0]).toMatchObject({ reports: [{ rows: [{ recipe: "gan", trials: 3 }] }] });
  });
});

test("an interrupted training is resumed by the same command", async () => {
  const args = [
    "bench",
    "ring",
    "--recipe",
    "gan",
    "--trials",
    "1",
    "--steps",
    "3000",
    ...SMALL.slice(2),
    "--out",
    "cut",
  ];
  const command = work.start(args);
  const trial = ["cut", "ring", "gantry-12k-changed", "gan", "trial-00"];
  while (work.names(...trial, "00000-mlp-ring", "samples").length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  command.process.kill("SIGINT");
  const cut = await command.ended;
  expect(cut.code, cut.stderr).toBe(130);
  expect(cut.stderr).toContain("the same command goes on");
  expect(results("cut")).toEqual([]);
  const { code, stderr } = await work.run(...args);
  expect(code, stderr).toBe(0);
  expect(work.names(...trial)).toEqual(["00000-mlp-ring"]);
  const events = readFileSync(work.path(...trial, "00000-mlp-ring", "events.jsonl"), "utf8");
  expect(events).toContain('"type":"resume"');
  expect(results("cut")).toMatchObject([{ trial: 0, steps: 3000, processorSeconds: null }]);
});

test("a training that diverges is a failed trial, counted and in no mean", async () => {
  const wild = ["--set", "optimizer.discriminator.lr=1e30", "--set", "optimizer.generator.lr=1e30"];
  const args = ["bench", "ring", "--recipe", "gan", "--trials", "1", ...SMALL, ...wild, "--out", "wild"];
  const { code, stdout, stderr } = await work.run(...args);
  // All trials of a recipe failed: a training failed by itself.
  expect(code, stderr).toBe(4);
  expect(stderr).toContain("all trials failed of gan");
  expect(stdout).toMatch(/^non-saturating GAN +1, 1 failed +–/m);
  const [record] = results("wild");
  expect(record).toMatchObject({ status: "failed", reason: expect.stringMatching(/is (NaN|-?Infinity)/) });
  expect(Object.keys(record!.figures)).toEqual(["minutes"]);
});

test("so is one that ends with samples that nothing can judge", async () => {
  // The one step is taken from losses that are finite; what it leads to is not.
  const short = ["--steps", "1", "--set", "model.width=8", "--set", "batch=16"];
  const far = ["--set", "optimizer.generator.lr=1e10", "--out", "far"];
  const { code, stderr } = await work.run("bench", "ring", "--recipe", "gan", "--trials", "1", ...short, ...far);
  expect(code, stderr).toBe(4);
  expect(results("far")).toMatchObject([
    {
      status: "failed",
      steps: 1,
      reason: expect.stringContaining("its samples cannot be judged: the features of points"),
    },
  ]);
});

test("two clusters: all games at once, a record each", async () => {
  const args = ["bench", "two-clusters", "--trials", "2", "--steps", "20", "--out", "clusters"];
  const { code, stdout, stderr } = await work.run(...args);
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^relativistic pairing +2 /m);
  expect(stdout).toMatch(/^non-saturating, in numpy +0 of 16 +15 of 16/m);
  expect(results("clusters").map(({ recipe, trial, steps }) => [recipe, trial, steps])).toEqual([
    ["gan", 0, 20],
    ["gan", 1, 20],
    ["relativistic", 0, 20],
    ["relativistic", 1, 20],
  ]);
  const again = await work.run(...args);
  expect(again.stderr.match(/recorded before/g)).toHaveLength(4);
});

test("a file of results that is not there is named", async () => {
  const { code, stderr } = await work.run("bench", "--report", "--results", "none.jsonl");
  expect([code, stderr]).toEqual([3, expect.stringContaining("none.jsonl holds no results")]);
});

test("without a benchmark it lists what there is", async () => {
  const { code, stdout } = await work.run("bench");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^five-gaussians +rs-gan-20k +10 /m);
  expect(stdout).toMatch(/^pacgan2 /m);
});

describe("bad input", () => {
  test.each([
    [["rnig"], 2, 'Did you mean "ring"'],
    [["ring", "--recipe", "gann"], 2, 'Did you mean "gan"'],
    [["ring", "--protocol", "gantry-12"], 2, 'Did you mean "gantry-12k"'],
    [["ring", "--trials", "0"], 2, "whole number from 1"],
    [["ring", "--jobs", "x"], 2, "whole number from 1"],
    [["ring", "--set", "modle=mlp"], 2, 'unknown key "modle"'],
    [["ring", "--set", "data.source=nowhere"], 3, "nowhere"],
    [["ring", "--recipe", ","], 2, "no recipe"],
    [["two-clusters", "--recipe", "wgan-gp"], 2, "plays gan and relativistic only"],
    [["two-clusters", "--set", "batch=2"], 2, "--set"],
    [["two-clusters", "--device", "webgpu"], 2, "played on the CPU"],
    [["ring", "--device", "gpu"], 2, "device"],
    [["ring", "--set", "seed=5"], 2, "--trials 6 trains with seeds 0 to 5"],
    [["--report"], 3, "results.jsonl holds no results"],
    [["ring", "--report", "--recipe", "gan"], 3, "holds no results of ring of gan"],
    [["--report", "--recipe", "gann"], 2, 'Did you mean "gan"'],
    [["--report", "--results", "none.jsonl"], 2, "--out has no effect beside --results"],
    [["--report", "--trials", "3"], 2, "--trials has no effect here"],
    [["--trials", "3"], 2, "--trials has no effect here"],
    [[], 2, "--out has no effect here"],
    [["ring", "--results", "some.jsonl"], 2, "--results has no effect without --report"],
    [["rnig", "--report"], 2, 'Did you mean "ring"'],
  ] as const)("%j", async (args, code, says) => {
    const result = await work.call("bench", ...args, "--out", "refused");
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(says)]);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.stderr).toMatch(/^error: /m);
    expect(result.stdout).toBe("");
    expect(work.names("refused")).toEqual([]);
  });
});
