/** @file Which reals are kept apart, and which are looked at as unseen ones. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../config/config.ts";
import { writeNpy } from "../../../data/npy.ts";
import { fillBits, streamKey } from "../../../util/rng.ts";
import { findHeldOut } from "./held-out.ts";
import { prepareTraining } from "./prepare.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gantry-held-out-"));
  for (const count of [100, 400]) {
    const words = new Uint32Array(count * 16);
    fillBits(streamKey(count, "pictures"), 0, words);
    writeFileSync(join(folder, `${count}.npy`), writeNpy(new Uint8Array(words.buffer), [count, 8, 8]));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = { name: "r3gan", latent: 2, base: 2, width: 4, blocks: 1, groupSize: 2 };

async function prepared(data: object, raw: object = {}) {
  const config = parseConfig({ data, model, batch: 16, steps: 8, ...raw });
  const { dataset, split, summary } = await prepareTraining(config);
  return { dataset, split, summary, unseen: await findHeldOut(config, split) };
}

describe("images of one's own", () => {
  const pictures = (count: number) => ({ source: join(folder, `${count}.npy`) });

  it("are split: a twentieth is looked at and not learned from", async () => {
    const { dataset, split, summary, unseen } = await prepared(pictures(400));
    expect([dataset.count, split.train.count, unseen?.count]).toEqual([400, 380, 20]);
    expect(summary.data).toMatchObject({ count: 380, heldOut: 20 });
    expect(summary.data.notes.join()).toContain("20 of 400 samples are kept apart");
    expect(summary.epochs).toBeCloseTo((8 * 16) / 380, 10);
    const again = await prepared(pictures(400));
    expect(again.unseen!.data).toEqual(unseen!.data);
    expect((await prepared(pictures(400), { seed: 1 })).unseen!.data).not.toEqual(unseen!.data);
  });

  it("are split as the config says", async () => {
    const { split, unseen } = await prepared({ ...pictures(400), holdOut: 0.25 });
    expect([split.train.count, unseen?.count]).toEqual([300, 100]);
  });

  it("are all learned from where the config says so, or they are few", async () => {
    for (const data of [{ ...pictures(400), holdOut: 0 }, pictures(100)]) {
      const { dataset, split, summary, unseen } = await prepared(data);
      expect(split.train).toBe(dataset);
      expect(unseen).toBeUndefined();
      expect(summary.data).toMatchObject({ count: dataset.count, heldOut: 0 });
    }
  });

  it("are all learned from where the share is too few to say anything, and that is said", async () => {
    const { split, unseen } = await prepared({ ...pictures(100), holdOut: 0.1 });
    expect(split.train.count).toBe(100);
    expect(unseen).toBeUndefined();
    expect(split.train.notes.join()).toContain("would be too few");
  });
});

describe("points that are drawn", () => {
  const points = { model: { name: "mlp", width: 4 } };

  it("are all learned from: new ones are drawn by another seed", async () => {
    const { dataset, split, unseen } = await prepared({ source: "ring", count: 500 }, points);
    expect(split.train).toBe(dataset);
    expect(unseen).toMatchObject({ name: "ring", count: 4096 });
    expect(unseen!.data.slice(0, 8)).not.toEqual(dataset.data.slice(0, 8));
  });
});

it("the reals that the config names come first", async () => {
  const metrics = { list: "copying", heldOut: join(folder, "100.npy"), samples: 30 };
  const { unseen } = await prepared({ source: join(folder, "400.npy") }, { metrics });
  expect(unseen?.count).toBe(100);
});
