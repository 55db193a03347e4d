/** @file The article's two networks through the real command, at both sizes, from a .npy of 64x64 colour images. */

import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { readEvents } from "../../src/run/store/event-log.ts";
import { fillBits, streamKey } from "../../src/util/rng.ts";
import { Workspace } from "../support/cli.ts";

const work = new Workspace();
beforeAll(() => {
  const words = new Uint32Array((16 * 64 * 64 * 3) / 4);
  fillBits(streamKey(0, "pictures"), 0, words);
  writeFileSync(work.path("data.npy"), writeNpy(new Uint8Array(words.buffer), [16, 64, 64, 3]));
});
afterAll(() => work.remove());

it.each([
  [32, "83:1"],
  [64, "71:1"],
])("trains at %d pixels and shows that its networks are %s", { timeout: 120_000 }, async (size, ratio) => {
  const flags = ["--size", `${size}`, "--batch", "8", "--steps", "2", "--set", "samples.count=4"];
  const { code, stdout, stderr } = await work.run("train", "--preset", "tutorial", "--data", "data.npy", ...flags);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(ratio);
  const run = stdout.trim();
  expect(work.names(run, "samples")).toEqual(["fakes-000000.png", "fakes-000002.png"]);
  const losses = [...readEvents(work.path(run, "events.jsonl"))].flatMap((event) =>
    event.type === "scalars" ? [event.values["loss/discriminator"]] : [],
  );
  expect(losses).toHaveLength(1);
  expect(Number.isFinite(losses[0])).toBe(true);
});
