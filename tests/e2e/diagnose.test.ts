/** @file `gantry diagnose` through the real command: logs of other trainers, a run of ours, and what it refuses. */

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS } from "../../src/health/foreign/formats.ts";
import { parseLines, Workspace } from "../support/cli.ts";
import { collapsing, course, studioganLog, styleganMetric, styleganStats } from "../support/foreign-logs.ts";

const work = new Workspace();
afterAll(() => work.remove());

const points = course(300, collapsing);

beforeAll(() => {
  writeFileSync(work.path("studio.log"), studioganLog(points));
  writeFileSync(work.path("fine.log"), studioganLog(course(300, (evaluation) => 100 / evaluation)));
  mkdirSync(work.path("style/deep/snapshots"), { recursive: true });
  writeFileSync(work.path("style/deep/stats.jsonl"), styleganStats(points, 50));
  writeFileSync(work.path("style/deep/metric-fid50k_full.jsonl"), styleganMetric(points, 50));
  writeFileSync(work.path("style/deep/training_options.json"), '{"batch_size": 50}');
  writeFileSync(work.path("style/deep/fakes000000.png"), Uint8Array.of(137, 80, 78, 71, 0, 0));
  const rows = Array.from({ length: 12 }, (_, i) => `${i},0.${5 + (i % 3)},0.${7 + (i % 2)}\n`);
  writeFileSync(work.path("table.csv"), `n,a,b\n${rows.join("")}`);
  writeFileSync(work.path("short.csv"), "step,fid\n100,10\n200,400\n");
  writeFileSync(work.path("prose.txt"), "It was a dark and stormy night.\n");
  writeFileSync(work.path("empty.log"), "");
  mkdirSync(work.path("nothing"));
  mkdirSync(work.path("linked"));
  symlinkSync(work.path("studio.log"), work.path("linked", "run.log"));
  symlinkSync(work.path("gone.log"), work.path("linked", "broken.log"));
});

test("a training that collapsed: verdict, onset, evidence, what to try, what was wasted, what is missing", async () => {
  const { code, stdout, stderr } = await work.run("diagnose", "studio.log");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^verdict +failed: quality regression since step 16,000$/m);
  expect(stdout).toMatch(/^metrics +fid: best 20\.0 at step 10,000, last 340 at step 30,000, 17\.0 times worse/m);
  expect(stdout).toMatch(/^after best +67 % of the training, 2\.00 hours, came after the best fid$/m);
  expect(stdout).toMatch(
    /^went wrong +at step 16,000, by (fid|quality-regression): 47 % of the training, 1\.40 hours, came after$/m,
  );
  expect(stdout).toMatch(/^ +no diversity signal/m);
  expect(stdout).toMatch(/^ +known at +step 18,000/m);
  expect(stdout).toMatch(/^ +to try +\S/m);
});

test("a folder of a StyleGAN run, as JSON", async () => {
  const { code, stdout } = await work.run("diagnose", "style", "--json");
  expect(code).toBe(0);
  expect(parseLines(stdout)).toMatchObject([
    {
      v: 1,
      kind: "log",
      format: "stylegan",
      unit: "steps",
      imagesKnown: true,
      verdict: "failed: quality regression since step 16,000",
      wentWrong: { step: 16_000, images: 800_000, after: { steps: 14_000, hours: 7 } },
      findings: [{ suspicion: { code: "quality-regression" }, atEnd: true, saidAt: 18_000 }],
      afterBest: { steps: 20_000, hours: 10 },
    },
  ]);
});

test("a folder of links to logs, one of which leads nowhere", async () => {
  const { code, stdout } = await work.run("diagnose", "linked");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^verdict +failed: quality regression since step 16,000$/m);
});

test("the help names every format", async () => {
  const { stdout } = await work.run("diagnose", "--help");
  expect(stdout).toContain(`Formats: ${FORMATS.map(({ name }) => name).join(", ")}.`);
});

test("a training that went well", async () => {
  const { code, stdout } = await work.run("diagnose", "fine.log");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^verdict +nothing wrong is seen$/m);
});

test("a table of which a person says what its columns are", async () => {
  const columns = "step=n,loss/generator=a,loss/discriminator=b";
  const { code, stdout } = await work.run("diagnose", "table.csv", "--columns", columns);
  expect(code).toBe(0);
  expect(stdout).toContain("but neither samples nor metrics are in this log");
  // Nothing says how many images a step shows.
  const { stdout: json } = await work.run("diagnose", "table.csv", "--columns", columns, "--json");
  expect(parseLines(json)).toMatchObject([{ imagesKnown: false }]);
});

test("a log that ends before anything can be said", async () => {
  const { code, stdout } = await work.run("diagnose", "short.csv");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^verdict +too early to say: /m);
});

describe("a run of ours", () => {
  beforeAll(async () => {
    const { code, stderr } = await work.run("train", "--preset", "mlp", "--steps", "40", "--set", "log.every=2");
    expect(code, stderr).toBe(0);
  });

  test.each([["0"], ["runs/00000-mlp-ring"], ["runs/00000-mlp-ring/events.jsonl"], ["mine.log"]])(
    "%s",
    async (path) => {
      copyFileSync(work.path("runs/00000-mlp-ring/events.jsonl"), work.path("mine.log"));
      const { code, stdout, stderr } = await work.run("diagnose", path);
      expect(code, stderr).toBe(0);
      expect(stdout).toContain("(a run of Gantry)");
      expect(stdout).toMatch(/^length +40 steps/m);
      expect(stdout).toMatch(/^log has +losses/m);
    },
  );

  test("a folder of runs is refused, and one is named", async () => {
    const { code, stderr } = await work.run("diagnose", "runs");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^help: name one, such as runs.00000-mlp-ring$/m);
  });

  test("a damaged log is refused with its line", async () => {
    const text = readFileSync(work.path("runs/00000-mlp-ring/events.jsonl"), "utf8").split("\n");
    writeFileSync(work.path("events.jsonl"), [...text.slice(0, 2), "###", ...text.slice(2)].join("\n"));
    const { code, stderr } = await work.run("diagnose", "events.jsonl");
    expect(code).toBe(3);
    expect(stderr).toContain("events.jsonl line 3");
  });
});

test.each([
  ["a missing file", ["absent.log"], 2, "there is no file or folder absent.log"],
  ["a missing run", ["7"], 2, 'there is no run "7"'],
  ["an unknown format", ["studio.log", "--format", "stylgan"], 2, 'Did you mean "stylegan"?'],
  [
    "a table without known columns",
    ["table.csv"],
    3,
    "no column is a loss or a metric that is known; there are: n, a, b",
  ],
  ["a column that is not there", ["table.csv", "--columns", "loss/generator=c"], 2, 'there is no column "c"'],
  ["a device", ["/dev/null"], 2, "/dev/null is neither a file nor a folder"],
  ["other text", ["prose.txt"], 3, "the file is text of another kind"],
  ["an empty file", ["empty.log"], 3, "the file is empty"],
  ["an empty folder", ["nothing"], 3, "holds no file of a log"],
])("%s is refused in words", async (_, args, exitCode, message) => {
  const { code, stdout, stderr } = await work.run("diagnose", ...args);
  expect(stdout).toBe("");
  expect(stderr).toContain(message);
  expect(stderr).toMatch(/^help: /m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(exitCode);
});
