/** @file The recommended preset through the real command and the library: sized from the data, saved in numbers, resumed as saved. */

import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { train } from "../../src/run/training/train.ts";
import { fillBits, streamKey } from "../../src/util/rng.ts";
import { parseLines, Workspace } from "../support/cli.ts";

const work = new Workspace();
afterAll(() => work.remove());

/** Forty colour pictures of 16x16, and few enough channels to be quick. */
const words = new Uint32Array((40 * 16 * 16 * 3) / 4);
fillBits(streamKey(7, "pictures"), 0, words);
writeFileSync(work.path("pictures.npy"), writeNpy(new Uint8Array(words.buffer), [40, 16, 16, 3]));

const cases = [
  {
    kind: "points",
    flags: ["--data", "ring", "--set", "data.count=200", "--set", "model.width=8", "--set", "samples.count=16"],
    run: "00000-mlp-ring",
    saved: { model: { name: "mlp", width: 8, latent: 2 }, batch: 128, data: { source: "ring", count: 200 } },
    gamma: 1,
  },
  {
    kind: "images",
    flags: ["--data", "pictures.npy", "--set", "model.base=4"],
    run: "00000-dcgan-pictures",
    saved: { model: { name: "dcgan", base: 4, norm: "none" }, batch: 32, data: { source: "pictures.npy" } },
    gamma: 0.5,
  },
];

describe.each(cases)("$kind", ({ kind, flags, run, saved, gamma }) => {
  test("a training is sized from the data, and its config holds the numbers", async () => {
    const { code, stderr } = await work.run("train", ...flags, "--steps", "4", "--out", kind);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("preset recommended (the default)");
    expect(stderr).toContain("finished at step 4");
    // A schedule counts towards the end, so a greater length would be another training.
    expect(stderr).not.toContain("gantry resume");
    const config = work.json(kind, run, "config.json");
    expect(config).toMatchObject({ ...saved, preset: "recommended", steps: 4, images: null });
    expect(config.penalties).toMatchObject([
      { name: "r1", gamma: { from: gamma, to: gamma / 10 } },
      { name: "r2", gamma: { from: gamma, to: gamma / 10 } },
    ]);
  });

  test("--dry-run shows the same numbers and writes nothing", async () => {
    const { code, stdout } = await work.run("train", ...flags, "--steps", "4", "--out", "none", "--dry-run", "--json");
    expect(code).toBe(0);
    const [{ config }] = parseLines(stdout) as [{ config: unknown }];
    expect(config).toEqual(work.json(kind, run, "config.json"));
    expect(work.names("none")).toEqual([]);
  });

  test("it goes on as it was saved", async () => {
    const folder = `${kind}-stopped`;
    const command = work.start([
      "train",
      ...flags,
      "--steps",
      "400",
      "--out",
      folder,
      "--set",
      "log.every=1",
      "--json",
    ]);
    await command.shows('"step":3');
    command.process.kill("SIGTERM");
    expect((await command.ended).code).toBe(143);
    const before = readFileSync(work.path(folder, run, "config.json"), "utf8");
    const refused = await work.run("resume", "0", "--out", folder, "--steps", "500");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("steps: 400 -> 500")]);
    const resumed = work.start(["resume", "0", "--out", folder]);
    await resumed.shows("resuming");
    resumed.process.kill("SIGTERM");
    await resumed.ended;
    expect(readFileSync(work.path(folder, run, "config.json"), "utf8")).toBe(before);
  });
});

test("the library sizes it too, and hands out the complete config", async () => {
  const data = { source: "ring", count: 64 };
  const run = await train(
    { preset: "recommended", data, model: { name: "mlp", width: 8 }, steps: 3, samples: { count: 4 } },
    { out: work.path("library") },
  );
  expect(run.config).toMatchObject({ preset: "recommended", batch: 64, steps: 3, model: { width: 8, latent: 2 } });
  expect(await run.result).toMatchObject({ status: "finished", step: 3 });
  expect(JSON.parse(readFileSync(`${run.dir}/config.json`, "utf8"))).toEqual(JSON.parse(JSON.stringify(run.config)));
});
