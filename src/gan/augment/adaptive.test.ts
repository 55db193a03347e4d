import { describe, expect, it } from "vitest";
import { evaluate, referenceBackend } from "../../backend/reference/reference.ts";
import { buildGraph } from "../../graph/graph.ts";
import * as t from "../../graph/tensor.ts";
import { models } from "../../models/models.ts";
import { adam } from "../../optim/adam.ts";
import { Executor } from "../../run/training/steps/executor.ts";
import { createFrom } from "../../util/registry.ts";
import type { Adaptive } from "../augment.ts";
import { augments } from "../augments.ts";
import { createGame } from "../game/create-game.ts";
import { objectives } from "../objectives.ts";
import { planStep } from "../step/phases.ts";
import { adapt, adaptiveSlots, signalOf } from "./adaptive.ts";

const BATCH = 4;

/** The controller as one would write it in a loop. */
function* simulate({ initial, target, interval, kimg, max }: Adaptive): Generator<number, never, number> {
  let [p, sum, count] = [initial, 0, 0];
  while (true) {
    sum += yield p;
    if (++count < interval) continue;
    p += (Math.sign(sum / count - target) * BATCH * interval) / (kimg * 1000);
    p = Math.min(Math.max(p, 0), max);
    [sum, count] = [0, 0];
  }
}

const settings: Adaptive = { initial: 0.1, target: 0.5, interval: 3, kimg: 0.1, max: 0.3, signal: "sign" };

describe("the controller", () => {
  it("moves p at every third batch by the sign of the mean signal over the target, within 0 and its limit", () => {
    const signals = [1, 1, 0, 1, 1, 1, 1, 0.5, 1, -1, 0, 1, -1, -1, -1, 0, 0, 0, -1, -1, -1, -1, 0, 0.25];
    const names = Object.keys(adaptiveSlots(settings));
    let state: Record<string, ArrayLike<number>> = { p: [0.1], signals: [0], batches: [0] };
    const inputs = Object.fromEntries(names.map((name) => [name, t.input(name, [])]));
    const graph = buildGraph(adapt(settings, inputs, t.input("signal", []), BATCH));
    const loop = simulate(settings);
    loop.next();
    const seen = signals.map((signal) => {
      state = evaluate(graph, { ...state, signal: [signal] });
      expect(state.p![0]).toBeCloseTo(loop.next(signal).value, 6);
      return Number(state.p![0]!.toFixed(2));
    });
    // 0.12 a move: up, up to the limit, there, down, down, down, to 0, stays.
    expect(seen.filter((_, i) => i % 3 === 2)).toEqual([0.22, 0.3, 0.3, 0.18, 0.06, 0, 0, 0]);
  });

  it("measures signs, or those of pairs", () => {
    const [real, fake] = [t.input("real", [4, 1]), t.input("fake", [4, 1])];
    const graph = buildGraph({ sign: signalOf("sign", real, fake), pairwise: signalOf("pairwise", real, fake) });
    const out = evaluate(graph, { real: [3, -1, 2, 0], fake: [4, -2, 1, -1] });
    expect(out.sign![0]).toBeCloseTo((1 - 1 + 1) / 4, 12);
    expect(out.pairwise![0]).toBeCloseTo((-1 + 1 + 1 + 1) / 4, 12);
  });
});

const kinds = {
  ada: { model: { name: "dcgan", latent: 2, base: 1 }, sample: { kind: "images", shape: [1, 16, 16] } },
  apa: { model: { name: "mlp", latent: 2, width: 4 }, sample: { kind: "points", shape: [2] } },
} as const;

describe.each(["ada", "apa"] as const)("%s in training", (name) => {
  it.each(["sign", "pairwise"] as const)("carries p as the loop does, steered by %s", async (signal) => {
    const { model, sample } = kinds[name];
    const options = { initial: 0.2, target: 0.1, interval: 2, kimg: 0.04, max: 0.8, signal };
    const networks = createFrom("model", models, model)(sample);
    const game = createGame({
      sample,
      batch: BATCH,
      latent: networks.latent,
      generator: { layer: networks.generator, optimizer: adam({ beta1: 0.5 }) },
      discriminator: { layer: networks.discriminator, optimizer: adam({ beta1: 0.5 }) },
      objective: createFrom("objective", objectives, { name: "non-saturating" }),
      penalties: {},
      updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 2 },
      ema: false,
      augments: { [name]: createFrom("augmentation", augments, { name, ...options }) },
    });
    const executor = new Executor(game, referenceBackend, 3);
    const length = BATCH * (sample.kind === "images" ? 256 : 2);
    const real =
      sample.kind === "images"
        ? Uint8Array.from({ length }, (_, i) => (i * 89) % 256)
        : Float32Array.from({ length }, (_, i) => Math.sin(i));
    const loop = simulate(options);
    let p = loop.next().value;
    const seen: number[] = [];
    let draw = 0;
    for (let step = 0; step < 9; step++) {
      for (const phase of planStep(game.updates, game.penalties, step)) {
        const measured = await executor.run(phase, { real, draw: draw++, scalar: () => 0.02 });
        // A phase that trains the generator alone changes nothing.
        if (!phase.discriminator) continue;
        expect(measured.get("augment/p")).toBeCloseTo(p, 6);
        p = loop.next(measured.get("augment/rt")!).value;
        seen.push(p);
      }
      expect(executor.state.read()[`augment/${name}/p`]![0]).toBeCloseTo(p, 6);
    }
    expect(new Set(seen).size).toBeGreaterThan(1);
    await executor.release();
  });
});
