import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { referenceBackend } from "../../backend/reference/reference.ts";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import type { ImageDataset } from "../../data/dataset.ts";
import { ring } from "../../data/synthetic.ts";
import type { Game } from "../../gan/game/game.ts";
import { gameState } from "../../gan/game/game-state.ts";
import { StateStore } from "../store/state-store.ts";
import { fixedLatents, Sampler, seedLatent, writeReals, writeSamples } from "./sampling.ts";

const pictures: ImageDataset = {
  kind: "images",
  name: "grey",
  count: 6,
  shape: [1, 8, 8],
  data: new Uint8Array(6 * 64).fill(100),
  valueRange: { min: 100, max: 100, convention: "0..255" },
  skipped: [],
  notes: [],
};

function gameOf(ema: boolean, model: object): Game {
  const sample =
    "width" in model ? { kind: "points" as const, shape: [2] } : { kind: "images" as const, shape: [1, 8, 8] };
  return gameFromConfig(parseConfig({ data: { source: "none" }, model, ema: { enabled: ema } }), sample);
}

function stateOf(game: Game): StateStore {
  const state = new StateStore(gameState(game));
  state.initialise(0);
  return state;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gantry-sampling-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("latents", () => {
  it("are fixed for a run, and the first are the same however many are drawn", () => {
    const few = fixedLatents(3, 4, 10);
    expect(few).toHaveLength(40);
    expect(fixedLatents(3, 9, 10).subarray(0, 40)).toEqual(few);
    expect(fixedLatents(4, 4, 10)).not.toEqual(few);
  });

  it("of a sample seed depend on nothing else", () => {
    expect(seedLatent(7, 10)).toEqual(seedLatent(7, 10));
    expect(seedLatent(7, 10)).not.toEqual(seedLatent(8, 10));
    expect(seedLatent(7, 20).subarray(0, 10)).toEqual(seedLatent(7, 10));
  });
});

describe("Sampler", () => {
  const latents = fixedLatents(0, 3, 2);

  it("draws from the moving average or from the weights as they are", async () => {
    const game = gameOf(true, { name: "mlp", width: 4 });
    const state = stateOf(game);
    const sampler = await Sampler.create(game, referenceBackend, 3, "raw");
    const [raw, average] = [await sampler.draw(state, "raw", latents), await sampler.draw(state, "ema", latents)];
    expect(raw).toHaveLength(6);
    // Before training they are the same.
    expect(average).toEqual(raw);
    (state.read()["ema/generator"] as Float32Array).fill(0);
    expect([...(await sampler.draw(state, "ema", latents))]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await sampler.draw(state, "raw", latents)).toEqual(raw);
    await sampler.release();
  });

  it("draws from the weights where no average is kept", async () => {
    const game = gameOf(false, { name: "mlp", width: 4 });
    const state = stateOf(game);
    const sampler = await Sampler.create(game, referenceBackend, 3, "raw");
    expect(await sampler.draw(state, "ema", latents)).toEqual(await sampler.draw(state, "raw", latents));
  });

  it("draws a sample by itself as among others: nothing is normalised by the batch", async () => {
    const game = gameOf(true, { name: "dcgan", base: 2, latent: 2 });
    const state = stateOf(game);
    const [three, one] = [
      await Sampler.create(game, referenceBackend, 3, "pixels"),
      await Sampler.create(game, referenceBackend, 1, "pixels"),
    ];
    const all = await three.draw(state, "raw", latents);
    expect(all).toBeInstanceOf(Uint8Array);
    for (let i = 0; i < 3; i++) {
      const single = await one.draw(state, "raw", latents.subarray(2 * i, 2 * i + 2));
      expect(single).toEqual(all.subarray(64 * i, 64 * i + 64));
    }
  });
});

describe("pictures", () => {
  const isPng = (path: string) => readFileSync(path).subarray(1, 4).toString() === "PNG";

  it("are written for images and for points", async () => {
    const images = gameOf(false, { name: "dcgan", base: 2, latent: 2 });
    const points = gameOf(false, { name: "mlp", width: 4 });
    const data = ring({ count: 20 });
    const files = ["fakes", "points", "reals", "real-points"].map((name) => join(folder, `${name}.png`));
    await writeSamples(files[0]!, images, new Uint8Array(3 * 64), pictures);
    await writeSamples(files[1]!, points, Float32Array.of(0, 0.5, -1, 1), data);
    // More than there are: all of them.
    await writeReals(files[2]!, pictures, 100);
    await writeReals(files[3]!, data, 100);
    expect(files.every(isPng)).toBe(true);
  });
});
