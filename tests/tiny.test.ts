/** @file The whole chain in seconds: train through the public API, read the events, sample, lose the last checkpoint, resume. */

import { readFileSync, rmSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { type ConfigInput, readEvents, resume, train } from "../src/index.ts";
import { Workspace } from "./support/cli.ts";

const workspace = new Workspace();
afterAll(() => workspace.remove());

const config: ConfigInput = {
  data: { source: "ring", count: 64 },
  model: { name: "mlp", latent: 2, width: 8 },
  penalties: ["r1"],
  batch: 16,
  steps: 8,
  log: { every: 2 },
  samples: { every: 8, count: 16 },
  checkpoint: { every: 4 },
};

test("a perceptron on a ring trains, samples, and resumes to the same bits", async () => {
  const run = await train(config, { out: workspace.path("runs") });
  expect(await run.result).toMatchObject({ status: "finished", step: 8, images: 128 });
  expect(run.stepsDone()).toBe(8);
  const [name] = workspace.names("runs") as [string];
  const logOf = () => [...readEvents(workspace.path("runs", name, "events.jsonl"))];
  const scalars = () =>
    logOf().flatMap((event) => {
      if (event.type !== "scalars") return [];
      const { "images/second": _, ...values } = event.values;
      return [{ step: event.step, values }];
    });
  const before = scalars();
  expect(before.map(({ step }) => step)).toEqual([2, 4, 6, 8]);
  expect(Object.values(before[0]!.values).every((x) => Number.isFinite(x))).toBe(true);
  expect(before[3]!.values).not.toEqual(before[0]!.values);
  expect(workspace.names("runs", name, "samples")).toContain("fakes-000008.png");

  const checkpoint = workspace.path("runs", name, "checkpoints", "step-00000008.safetensors");
  const whole = readFileSync(checkpoint);
  const drawn = await workspace.run("sample", "0", "--seeds", "0-3", "--out", "points.npy");
  expect(drawn).toMatchObject({ code: 0 });
  const points = readFileSync(workspace.path("points.npy"));
  // Four points of two float32, after the header.
  expect(points.length % 64).toBe(32);

  rmSync(checkpoint);
  const resumed = await resume(workspace.path("runs", name));
  expect(await resumed.result).toMatchObject({ status: "finished", step: 8 });
  expect(scalars()).toEqual(before);
  expect(readFileSync(checkpoint).equals(whole)).toBe(true);
  expect(await workspace.run("sample", "0", "--seeds", "0-3", "--out", "again.npy")).toMatchObject({ code: 0 });
  expect(readFileSync(workspace.path("again.npy")).equals(points)).toBe(true);
});
