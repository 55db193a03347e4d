/** @file `gantry statistics`, and `gantry evaluate` with a model and statistics of others, through the real command. */

import { copyFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { Workspace } from "../support/cli.ts";
import { convModel } from "../support/onnx-models.ts";

const work = new Workspace();
afterAll(() => work.remove());

/** Grey squares whose brightness and noise follow `seed`. */
function pictures(count: number, channels: number, seed: number): Uint8Array {
  let state = seed;
  return writeNpy(
    Uint8Array.from({ length: count * channels * 256 }, (_, at) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (((at >> 8) * (37 + seed)) % 150) | (state >>> 26);
    }),
    [count, channels, 16, 16],
  );
}

beforeAll(async () => {
  writeFileSync(work.path("reals.npy"), pictures(300, 1, 1));
  writeFileSync(work.path("fakes.npy"), pictures(300, 1, 8));
  writeFileSync(work.path("colour.npy"), pictures(20, 3, 1));
  writeFileSync(work.path("net.onnx"), convModel());
  writeFileSync(work.path("other.onnx"), convModel({ salt: 1 }));
  writeFileSync(work.path("unit.onnx"), convModel({ type: "f32" }));
  copyFileSync(fileURLToPath(new URL("../golden/statistics-double.npz", import.meta.url)), work.path("four.npz"));
  writeFileSync(work.path("broken.npz"), "PK\x03\x04 and no more");
  const { code, stdout } = await work.run("statistics", "reals.npy", "--features", "net.onnx", "--out", "reals.npz");
  expect(code).toBe(0);
  expect(stdout.trim()).toBe("reals.npz");
});

type Found = {
  metrics: { metric: string; results: Record<string, { value: number; real?: number }>; real?: object }[];
};

async function evaluate(...args: readonly string[]) {
  const { code, stdout, stderr } = await work.call("evaluate", ...args, "--json");
  expect(stderr).not.toContain("error");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Found & {
    notes: string[];
    leftOut: { metric: string; reason: string }[];
    reference: object;
  };
}

describe("statistics", () => {
  test("judge as the reals do that they are of, but know no figure of reals", async () => {
    const bySource = await evaluate(
      "fakes.npy",
      "--reference",
      "reals.npy",
      "--features",
      "net.onnx",
      "--metrics",
      "fid",
    );
    const byFile = await evaluate("fakes.npy", "--reference", "reals.npz", "--features", "net.onnx");
    const [[source], [file]] = [bySource.metrics, byFile.metrics];
    expect(file?.metric).toBe("fid-300-net");
    expect(source?.metric).toBe("fid-300-net");
    const [wanted, found] = [source!.results.fid!, file!.results.fid!];
    expect(wanted.value).toBeGreaterThan(1e-4);
    expect(Math.abs(found.value / wanted.value - 1)).toBeLessThan(1e-9);
    expect(wanted.real).toBeGreaterThanOrEqual(0);
    expect(found.real).toBeUndefined();
    expect(byFile.reference).toEqual({ name: "reals", count: 300, statistics: true });
    expect(byFile.notes.join()).toContain("what reals would score is not known");
    expect(byFile.notes.join()).toContain("taken for NCHW");
  });

  test("leave out what needs the reals, and say so", async () => {
    const all = await evaluate("fakes.npy", "--reference", "reals.npz", "--features", "net.onnx", "--metrics", "all");
    expect(all.metrics.map(({ metric }) => metric)).toEqual(["fid-300-net", "fid-infinity-300-net"]);
    expect(all.leftOut.find(({ metric }) => metric === "kid")?.reason).toMatch(
      /more than a figure of mean and covariance/,
    );
  });

  test("of others take the word of whoever names the extractor", async () => {
    writeFileSync(work.path("narrow.onnx"), convModel({ width: 4 }));
    const found = await evaluate("fakes.npy", "--reference", "four.npz", "--features", "narrow.onnx");
    expect(found.metrics[0]?.metric).toBe("fid-300-narrow");
    expect(found.notes.join()).toContain("narrow is assumed");
    const { stdout } = await work.run("evaluate", "fakes.npy", "--reference", "four.npz", "--features", "narrow.onnx");
    expect(stdout).toMatch(/statistics of an unknown number of reals/);
  });

  test("are of features that Gantry makes itself, too, and then need no name", async () => {
    const made = await work.run("statistics", "reals.npy", "--out", "own.npz", "--samples", "280", "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ features: "random_conv", samples: 280, dimensions: 256 });
    const found = await evaluate("fakes.npy", "--reference", "own.npz");
    expect(found.metrics[0]?.metric).toBe("fid-300-random_conv");
  });
});

describe("refusals", () => {
  const judge = ["evaluate", "fakes.npy", "--reference"];
  test.each<[what: string, args: readonly string[], code: number, words: RegExp]>([
    ["another extractor", [...judge, "reals.npz", "--features", "other.onnx"], 3, /different extractors/],
    ["another number of features", [...judge, "four.npz", "--features", "net.onnx"], 3, /\(6\).*\(4\)/],
    ["no extractor", [...judge, "four.npz"], 2, /do not say what made them/],
    ["no extractor for those of a file", [...judge, "reals.npz"], 2, /made with net@/],
    ["a broken file", [...judge, "broken.npz", "--features", "net.onnx"], 3, /not a readable zip archive/],
    ["no file", [...judge, "none.npz", "--features", "net.onnx"], 3, /No such file/],
    [
      "a metric of reals",
      [...judge, "reals.npz", "--features", "net.onnx", "--metrics", "kid"],
      2,
      /more than a figure of mean/,
    ],
    ["unseen reals", [...judge, "reals.npz", "--features", "net.onnx", "--held-out", "reals.npy"], 2, /--held-out/],
    ["colour", ["statistics", "colour.npy", "--features", "net.onnx", "--out", "x.npz"], 2, /grey images/],
    [
      "too few samples",
      ["statistics", "reals.npy", "--samples", "5", "--features", "net.onnx", "--out", "x.npz"],
      3,
      /5 samples/,
    ],
    [
      "more than there are",
      ["statistics", "reals.npy", "--samples", "999", "--features", "net.onnx", "--out", "x.npz"],
      2,
      /fewer than 999/,
    ],
    ["too many threads", ["statistics", "none.npy", "--threads", "100000", "--out", "x.npz"], 2, /from 1 to 256/],
    ["another ending", ["statistics", "reals.npy", "--features", "net.onnx", "--out", "x.npy"], 2, /\.npz/],
    [
      "a folder that is not there",
      ["statistics", "reals.npy", "--features", "net.onnx", "--out", "no/x.npz"],
      3,
      /cannot write/,
    ],
    [
      "a range for bytes",
      ["statistics", "reals.npy", "--features", "net.onnx", "--features-range", "0..1", "--out", "x.npz"],
      2,
      /bytes/,
    ],
    [
      "an unknown output",
      ["statistics", "reals.npy", "--features", "unit.onnx", "--features-output", "featurs", "--out", "x.npz"],
      2,
      /features/,
    ],
    ["no model", ["statistics", "reals.npy", "--features", "none.onnx", "--out", "x.npz"], 3, /No such file/],
  ])("of %s", async (_, args, code, words) => {
    const result = await work.call(...args);
    expect(result.stdout).toBe("");
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.stderr).toMatch(/^error: /m);
    expect(result.stderr).toMatch(/^help: /m);
    expect(result.stderr).toMatch(words);
    expect(result.code).toBe(code);
    expect(work.names().filter((name) => name.startsWith("x.") || name.endsWith(".tmp"))).toEqual([]);
  });
});
