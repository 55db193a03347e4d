/** @file A tiny R3GAN in training: it must find both kinds of picture in a trivial set, under the recommended objective. */

import { expect, it } from "vitest";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { fixedLatents, Sampler } from "../../src/run/sampling/sampling.ts";
import { Executor } from "../../src/run/training/steps/executor.ts";
import { fillBits, streamKey } from "../../src/util/rng.ts";

const SIZE = 8;
const PIXELS = SIZE * SIZE;
const BATCH = 32;
const STEPS = 400;
const DRAWN = 200;

/** Pictures that are light on the left or on the right, ±0.6. */
const sides = [1, -1].map((sign) =>
  Float32Array.from({ length: PIXELS }, (_, i) => (i % SIZE < SIZE / 2 ? 0.6 * sign : -0.6 * sign)),
);

/** Root mean square of the difference. */
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / a.length);

it("finds both kinds of picture", async () => {
  const optimizer = { name: "adam", lr: 5e-3, beta1: 0, beta2: 0.9, schedule: { kind: "cosine" } };
  const config = parseConfig({
    data: { source: "none" },
    model: { name: "r3gan", latent: 2, base: 8, width: 16, blocks: 1 },
    objective: "relativistic",
    penalties: [
      { name: "r1", gamma: 0.1 },
      { name: "r2", gamma: 0.1 },
    ],
    optimizer: { generator: optimizer, discriminator: optimizer },
    batch: BATCH,
  });
  const game = gameFromConfig(config, { kind: "images", shape: [1, SIZE, SIZE] });
  const backend = await nodeBackend({ threads: 1 });
  const executor = new Executor(game, backend, 0);
  const sampler = await Sampler.create(game, backend, DRAWN, "raw");
  const latents = fixedLatents(1, DRAWN, game.latent);
  /** Shares of the samples that are like one kind, like the other, and like neither. */
  const look = async () => {
    const samples = (await sampler.draw(executor.state, "ema", latents)) as Float32Array;
    const near = sides.map(
      (side) =>
        Array.from({ length: DRAWN }, (_, n) => samples.subarray(n * PIXELS, (n + 1) * PIXELS)).filter(
          (sample) => distance(sample, side) < 0.3,
        ).length / DRAWN,
    );
    return { shares: near, neither: 1 - near[0]! - near[1]! };
  };
  try {
    expect((await look()).neither).toBeGreaterThan(0.9);
    const real = new Uint8Array(BATCH * PIXELS);
    const bits = new Uint32Array(BATCH);
    for (let step = 0; step < STEPS; step++) {
      fillBits(streamKey(1, "sides"), step, bits);
      bits.forEach((word, n) => {
        const side = sides[word % 2]!;
        for (let i = 0; i < PIXELS; i++) real[n * PIXELS + i] = Math.round((side[i]! + 1) * 127.5);
      });
      const rate = 5e-3 * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS));
      await executor.run(
        { discriminator: true, generator: true, moves: true, penalties: ["r1", "r2"] },
        { real, draw: step, scalar: ({ name }) => (name === "ema/decay" ? 0.9 : rate) },
      );
    }
    const after = await look();
    // A continuous generator draws some pictures in between.
    expect(after.neither).toBeLessThan(0.25);
    expect(Math.min(...after.shares)).toBeGreaterThan(0.2);
  } finally {
    await sampler.release();
    await executor.release();
  }
});
