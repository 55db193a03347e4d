import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { layTable, POINTS } from "./game.ts";
import { LOOK, plateauOf, type Sight } from "./plateau.ts";
import { play, sinceOf } from "./play.ts";
import { hasBoth, lossOf, sharesOf } from "./probe.ts";
import { predictedPlateau } from "./run.ts";

const sights = (all: readonly (readonly [number, number])[], loss = 0.5): Sight[] =>
  all.map((shares, i) => ({ epoch: (i + 1) * LOOK, loss: loss + i / 1000, shares }));

describe("a game of two clusters", () => {
  it("has the published data: half of the numbers in 0 to 0.3, half in 4 to 4.3, in turns", () => {
    const { data, latents } = layTable(3);
    expect(data.length).toBe(3 * POINTS);
    for (const [i, x] of data.entries()) {
      const low = 4 * (i % 2);
      expect(x).toBeGreaterThanOrEqual(low);
      expect(x).toBeLessThanOrEqual(low + 0.3);
    }
    expect(Math.max(...latents)).toBeGreaterThan(4.5);
    expect(Math.min(...latents)).toBeLessThan(-4.5);
  });

  it("has both clusters when each has a fifth of the samples", () => {
    const samples = new Float32Array(2 * POINTS).fill(0.1);
    samples.fill(4.1, POINTS + 0, POINTS + 20);
    expect(sharesOf(samples, 0)).toEqual([1, 0]);
    expect(sharesOf(samples, 1)).toEqual([0.8, 0.2]);
    expect([hasBoth([0.8, 0.2]), hasBoth([0.81, 0.19])]).toEqual([true, false]);
  });

  it("has the loss ln 2 in the mean convention where the discriminator says nothing", () => {
    const nothing = new Float32Array(POINTS);
    const look = { samples: nothing, fake: nothing, real: nothing };
    expect(lossOf("non-saturating", look, 0)).toBeCloseTo(Math.LN2, 6);
    expect(lossOf("relativistic", look, 0)).toBeCloseTo(Math.LN2, 6);
  });

  it("has both for good since the first look after the last one without", () => {
    const [without, with_] = [
      [1, 0],
      [0.5, 0.5],
    ] as const;
    expect(sinceOf(sights([without, with_, without, with_, with_]))).toBe(4 * LOOK);
    expect(sinceOf(sights([with_, with_, without]))).toBeNull();
    expect(sinceOf([])).toBeNull();
  });

  it("has a plateau where it sits on one cluster for 200 epochs, not where it changes its seat", () => {
    const left = Array.from({ length: 10 }, () => [1, 0] as const);
    const right = Array.from({ length: 9 }, () => [0, 1] as const);
    const found = plateauOf(sights([...right, ...left, [0.5, 0.5]], 0.48));
    expect(found).toEqual({ epochs: 200, loss: expect.closeTo(0.494, 6) });
    expect(plateauOf(sights([...right, ...left.slice(1), ...right]))).toBeNull();
    expect(predictedPlateau("relativistic")).toBeCloseTo(0.3466, 4);
    expect(predictedPlateau("non-saturating")).toBeCloseTo(0.4774, 4);
  });
});

describe("playing", () => {
  it("moves the games, and each the same whether it is played alone or with others", async () => {
    const backend = await nodeBackend({ threads: 1 });
    const options = { objective: "relativistic", epochs: 60, backend };
    const one = await play({ ...options, seeds: 1 });
    const three = await play({ ...options, seeds: 3 });
    expect([one?.length, three?.length]).toEqual([1, 3]);
    const [alone, beside, other] = [one![0]!, three![0]!, three![1]!];
    expect(alone.curve.map(({ epoch }) => epoch)).toEqual([20, 40, 60]);
    // The order of sums differs, nothing else.
    for (const [i, { loss }] of alone.curve.entries()) expect(beside.curve[i]!.loss).toBeCloseTo(loss, 4);
    expect(other.curve[2]!.loss).not.toBeCloseTo(alone.curve[2]!.loss, 4);
    expect(alone.curve[2]!.loss).not.toBeCloseTo(alone.curve[0]!.loss, 4);
    expect(alone.early).toBeNull();
  });

  it("stops at a signal", async () => {
    const backend = await nodeBackend({ threads: 1 });
    const controller = new AbortController();
    const onEpoch = (epoch: number) => {
      if (epoch === 2) controller.abort();
    };
    const options = { objective: "non-saturating", seeds: 1, epochs: 1000, backend, onEpoch };
    expect(await play({ ...options, signal: controller.signal })).toBeNull();
  });
});
