/**
 * @file What the covering design does not have of the ways of moving: a step runs, the same way twice and as the reference says, and
 * moves everything that is carried. The updates of an unrolled discriminator by Adam, with every objective and penalty; of the others, which
 * meet everything there, a whole step of several phases.
 */

import { beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { referenceBackend } from "../../src/backend/reference/reference.ts";
import { type ConfigInput, parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import { Executor } from "../../src/run/training/steps/executor.ts";
import { fillBits, fillNormal, fillUniform, streamKey } from "../../src/util/rng.ts";
import { firstDifference } from "./program.ts";

const ways = {
  extragradient: { mode: "extragradient" },
  "unrolled by its own optimiser": { unroll: { steps: 2, optimizer: "own" } },
  "unrolled by Adam, at once": { mode: "simultaneous", unroll: { steps: 2, optimizer: "adam" } },
  accumulated: { accumulate: 2 },
} as const satisfies Readonly<Record<string, ConfigInput["updates"]>>;

const BATCH = 4;

/** A model at its smallest by what it makes. The styles of the last are what path lengths are of. */
const tiny = {
  points: { model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: { kind: "points", shape: [2] } },
  images: { model: { name: "dcgan", latent: 2, base: 1 }, sample: { kind: "images", shape: [1, 16, 16] } },
  styles: {
    model: { name: "stylegan2", latent: 3, channelMax: 3, channelBase: 24, mappingDepth: 2 },
    sample: { kind: "images", shape: [1, 8, 8] },
  },
} as const;

function gameOf(raw: Readonly<Record<string, unknown>>, kind: keyof typeof tiny) {
  const { model, sample } = tiny[kind];
  return gameFromConfig(parseConfig({ data: { source: "none" }, model, batch: BATCH, ...raw }), sample);
}

/** Plays the first step with its noise, from weights that matter. Gives the state and what was measured. */
async function play(game: ReturnType<typeof gameOf>, backend: Backend) {
  const executor = new Executor(game, backend, 0);
  const state = executor.state.read();
  for (const player of ["generator", "discriminator"]) {
    const noise = new Float32Array(state[player]!.length);
    fillNormal(streamKey(3, player), 0, noise);
    (state[player] as Float32Array).set(noise.map((x, i) => state[player]![i]! + 0.2 * x));
  }
  // Moments as they may be in the middle of a training: Adam's first update is the sign of a gradient that may be rounding.
  for (const [name, values] of Object.entries(state)) {
    if (name.startsWith("optim/")) fillUniform(streamKey(1, name), 0, values as Float32Array);
  }
  const before = Object.fromEntries(Object.entries(state).map(([name, values]) => [name, Float32Array.from(values)]));
  const words = new Uint32Array(BATCH * sizeOf(game.sample.shape));
  fillBits(streamKey(1, "real"), 0, words);
  const real =
    game.sample.kind === "images"
      ? Uint8Array.from(words, (word) => word >>> 24)
      : Float32Array.from(words, (word) => word / 2 ** 31 - 1);
  const measured: Record<string, number>[] = [];
  for (const [draw, phase] of planStep(game.updates, game.penalties, 0).entries()) {
    const scalar = ({ name }: { readonly name: string }) => (name === "ema/decay" ? 0.75 : 1e-3);
    measured.push(Object.fromEntries(await executor.run(phase, { real, draw, scalar })));
  }
  await executor.release();
  return { before, after: executor.state.read(), measured };
}

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

async function holds(game: ReturnType<typeof gameOf>) {
  const [first, second, wanted] = [
    await play(game, backend),
    await play(game, backend),
    await play(game, referenceBackend),
  ];
  expect(second).toEqual(first);
  first.measured.forEach((values, i) => {
    for (const [name, value] of Object.entries(values)) {
      expect(Number.isFinite(value), `${name} is ${value}`).toBe(true);
      expect(firstDifference([value], [wanted.measured[i]![name]!], 2e-4), name).toBeNull();
    }
  });
  for (const [name, values] of Object.entries(first.after)) {
    expect(firstDifference(values, wanted.after[name]!, 2e-4), name).toBeNull();
    // Sums are zero again after the move.
    if (name.startsWith("accumulate/"))
      expect(
        values.every((x) => x === 0),
        name,
      ).toBe(true);
    else expect(values, name).not.toEqual(first.before[name]);
  }
}

describe("unrolled by Adam, at once", () => {
  const updates = ways["unrolled by Adam, at once"];

  it.each(Object.keys(objectives))("with the objective %s", (objective) =>
    holds(gameOf({ objective, updates }, "points")),
  );

  const possible = Object.keys(penalties).filter((name) => name !== "consensus");
  it.each(possible)("with the penalty %s", (name) =>
    holds(gameOf({ penalties: [name], updates }, name === "path-length" ? "styles" : "points")),
  );
});

describe.each(Object.entries(ways))("%s", (_, updates) => {
  it("with points", () => holds(gameOf({ updates }, "points")));

  it.each(["batch", "spectral"])("with images and %s normalisation", (norm) =>
    holds(gameOf({ updates, model: { name: "dcgan", latent: 2, base: 1, norm } }, "images")),
  );
});
