/** @file The command line beside training: help, usage errors, config files, data inspect, doctor. */

import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { commands } from "../../src/cli/command.ts";
import { writeNpy } from "../../src/data/npy.ts";
import { ALL_METRICS } from "../../src/run/evaluation/choose-metrics.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
beforeAll(() => {
  const bytes = Uint8Array.from({ length: 20 * 8 * 8 }, (_, i) => (i * 37) % 256);
  writeFileSync(work.path("small.npy"), writeNpy(bytes, [20, 8, 8]));
});
afterAll(() => work.remove());

describe("help", () => {
  test("without arguments it is short and has two examples", async () => {
    const { code, stdout, stderr } = await work.run();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.match(/^ {2}gantry \w+/gm)).toHaveLength(2);
    for (const { path } of commands) expect(stdout).toContain(path[0]);
  });

  test.each(commands.map(({ path, summary }) => [path.join(" "), summary]))(
    "%s --help says what it does",
    async (path, summary) => {
      const { code, stdout } = await work.run(...path.split(" "), "--help");
      expect(code).toBe(0);
      expect(stdout).toContain(summary);
      expect(stdout).toContain("--json");
    },
  );

  test("train --help lists every flag", async () => {
    const { stdout } = await work.run("help", "train");
    const flags = "preset data size kimg steps batch seed device threads out dry-run json quiet set".split(" ");
    for (const flag of flags) expect(stdout).toContain(`--${flag}`);
  });

  test.each(["train", "evaluate"])("%s --help names every metric in one line", async (command) => {
    const line = (await work.run(command, "--help")).stdout.split("\n").find((text) => text.startsWith("Metrics: "));
    expect(line?.slice("Metrics: ".length).split(", ")).toEqual(ALL_METRICS);
  });

  test("--version", async () => {
    expect((await work.run("--version")).stdout.trim()).toBe(packageJson.version);
  });
});

describe("usage errors: exit code 2, in words, with the nearest name", () => {
  test.each([
    [["trian"], "unknown command 'trian'", "train"],
    [["data", "inspekt", "x"], "unknown command 'inspekt'", "inspect"],
    [["train", "--stepz", "3"], "unknown option '--stepz'", "--steps"],
    [["train", "--steps", "many"], "whole number", "gantry train --help"],
    [["train", "--steps", "1", "--kimg", "1"], "cannot be used with", "gantry train --help"],
    [["train", "--preset", "dcgam"], 'unknown preset "dcgam"', "dcgan"],
    [["train", "--preset", "mlp", "--set", "nonsense"], "key=value", "optimizer.generator.lr"],
    [["train", "--preset", "mlp", "--set", "optimizer.generater.lr=1"], "optimizer.generater", "generator"],
    [["train", "--preset", "mlp", "--set", "objective=wasserstien"], "wasserstien", "wasserstein"],
    [["train", "--preset", "mlp", "--device", "gpu"], "device", "webgpu"],
    [["data"], "a command is missing", "gantry data --help"],
    [["zoo", "foo"], "unknown command 'foo'", "gantry zoo --help"],
    [["sample"], "missing required argument 'run'", "gantry sample --help"],
    [["sample", "7"], 'no run "7"', "runs has no runs"],
    [["sample", "7", "--seeds", "9-3"], "0-63", "gantry sample --help"],
  ])("%j", async (args, message, help) => {
    const { code, stdout, stderr } = await work.call(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
    expect(stderr).toMatch(/^error: (.|\n)*\nhelp: /);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout, work.names("runs")]).toEqual([2, "", []]);
  });

  test("as JSON with --json, with a stack with --debug", async () => {
    const { code, stdout, stderr } = await work.run("train", "--preset", "nothing", "--json", "--debug");
    expect([code, stdout]).toEqual([2, ""]);
    const [{ error }] = parseLines(stderr) as [{ error: Record<string, unknown> }];
    expect(error).toMatchObject({ code: "ConfigError", exitCode: 2, message: 'unknown preset "nothing".' });
    expect(error.stack).toMatch(/^ConfigError/);
  });
});

describe("config files", () => {
  const resolved = async (...args: string[]) => {
    const { code, stdout, stderr } = await work.run("train", ...args, "--dry-run", "--json");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return (parseLines(stdout)[0] as { config: Record<string, unknown> }).config;
  };

  test("preset < file < flags < --set, in TypeScript with defineConfig", async () => {
    writeFileSync(
      work.path("layers.ts"),
      `import { defineConfig } from "gantry";
       const batch: number = 32;
       export default defineConfig({ preset: "mlp", data: { source: "ring" }, model: "mlp", batch, seed: 1, steps: 7 });`,
    );
    const config = await resolved("layers.ts", "--seed", "2", "--threads", "1", "--set", "threads=2");
    expect(config).toMatchObject({ preset: "mlp", batch: 32, seed: 2, threads: 2, steps: 7, images: null });
    expect(config.penalties).toMatchObject([{ name: "r1" }]);
  });

  test("gantry.config.json of the folder is used unless a preset is named; nothing is written", async () => {
    const folder = new Workspace();
    try {
      writeFileSync(folder.path("gantry.config.json"), '{ "data": { "source": "grid" }, "model": "mlp", "steps": 5 }');
      const dry = async (...args: string[]) =>
        parseLines((await folder.run("train", "--dry-run", "--json", ...args)).stdout)[0];
      expect(await dry()).toMatchObject({ config: { data: { source: "grid" } }, summary: { steps: 5 } });
      expect(await dry("--preset", "mlp")).toMatchObject({ config: { data: { source: "ring" } } });
      expect(folder.names()).toEqual(["gantry.config.json"]);
    } finally {
      folder.remove();
    }
  });

  test.each([
    ["token.json", '{\n  "model": mlp\n}', "token.json:2:12 is not valid JSON"],
    ["comma.json", '{\n  "model": "mlp",\n}', "comma.json:3:1 is not valid JSON"],
    ["open.json", '{\n  "model": "mlp"', "open.json:2:17 is not valid JSON"],
    ["syntax.ts", "export default {\n  model: ]\n}", "syntax.ts:2:"],
    [
      "thrown.mjs",
      "export default {\n  model: nothing.here,\n}",
      "thrown.mjs:2:10 cannot be loaded: nothing is not defined",
    ],
    ["number.js", "export default 3", "number.js should give a config object, it gives a number"],
    ["empty.json", '{ "steps": 3 }', "empty.json names no data and no model"],
    ["config.yaml", "", "config.yaml is not a config file"],
  ])("%s: the file and the line are named", async (name, text, message) => {
    writeFileSync(work.path(name), text);
    const { code, stderr } = await work.call("train", name, "--dry-run");
    expect(stderr).toContain(`error: ${message}`);
    expect(code).toBe(2);
  });

  test("a file that does not exist", async () => {
    const { code, stderr } = await work.run("train", "absent.ts");
    expect(stderr).toContain("absent.ts: no such file");
    expect(code).toBe(2);
  });
});

describe("--dry-run", () => {
  test("prints the resolved config and the summary, and writes nothing", async () => {
    const { code, stdout, stderr } = await work.run("train", "--preset", "mlp", "--dry-run");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ model: { name: "mlp", width: 128 }, batch: 256 });
    expect(stderr).toMatch(/networks +mlp: generator 17,154, discriminator 17,025 parameters \(1:1\)/);
    expect(work.names("runs")).toEqual([]);
  });
});

describe("data inspect", () => {
  test("as JSON", async () => {
    const { code, stdout } = await work.run("data", "inspect", "small.npy", "--json");
    expect(code).toBe(0);
    expect(parseLines(stdout)[0]).toMatchObject({ kind: "images", count: 20, shape: [1, 8, 8], skipped: [] });
  });

  test("in words, with warnings on stderr", async () => {
    const { code, stdout, stderr } = await work.run("data", "inspect", "small.npy", "--size", "4", "--channels", "3");
    expect(code).toBe(0);
    expect(stdout).toContain("20 colour images of 4x4");
    expect(stderr).toContain("warning: Only 20 images");
  });
});

test("doctor tells what is here, as text and as JSON", async () => {
  const text = await work.run("doctor");
  const { code, stdout } = await work.run("doctor", "--json");
  const { ok, checks } = parseLines(stdout)[0] as { ok: boolean; checks: { name: string; state: string }[] };
  expect([code, text.code, ok]).toEqual([0, 0, true]);
  for (const name of [
    "node",
    "processor",
    "memory",
    "onnxruntime",
    "convolutions",
    "matmul",
    "sharp",
    "mnist",
    "runs",
  ]) {
    expect(checks.map((check) => check.name)).toContain(name);
    expect(text.stdout).toContain(name);
  }
});

test("a reader that closes the pipe ends the command quietly", async () => {
  const command = work.start(["doctor"]);
  command.process.stdout?.destroy();
  const { code, stderr } = await command.ended;
  expect([code, stderr]).toEqual([0, ""]);
});
