import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../backend/reference/reference.ts";
import { add, mul } from "../../graph/tensor.ts";
import type { Layer } from "../../nn/module.ts";
import { sgd } from "../../optim/sgd.ts";
import { optimize } from "../../passes/pipeline.ts";
import { createFrom } from "../../util/registry.ts";
import { createGame } from "../game/create-game.ts";
import type { Updates } from "../game/updates.ts";
import { objectives } from "../objectives.ts";
import { penalties } from "../penalties.ts";
import { planStep } from "./phases.ts";
import { traceStep } from "./step.ts";

/**
 * The Dirac-GAN of Mescheder et al.: the generator makes the number theta whatever the latent, the discriminator is psi x,
 * and every real is 1. Each update can be written down by hand.
 */
const point: Layer = {
  kind: "point",
  apply: (z, context) =>
    add(
      mul(z, 0),
      context.param("theta", [1], (_, __, out) => out.fill(2)),
    ),
};
const slope: Layer = {
  kind: "slope",
  apply: (x, context) =>
    mul(
      x,
      context.param("psi", [1], (_, __, out) => out.fill(0.5)),
    ),
};

const REAL = 1;
const LR = 0.125;

interface Settings {
  readonly updates?: Partial<Updates>;
  /** Options of penalties by name. */
  readonly terms?: Readonly<Record<string, object>>;
  readonly steps?: number;
}

function diracGame({ updates = {}, terms = {} }: Settings) {
  const named = Object.entries(terms).map(([name, options]) => [
    name,
    createFrom("penalty", penalties, { name, ...options }),
  ]);
  return createGame({
    sample: { kind: "points", shape: [1] },
    batch: 4,
    latent: 1,
    generator: { layer: point, optimizer: sgd() },
    discriminator: { layer: slope, optimizer: sgd() },
    objective: createFrom("objective", objectives, { name: "wasserstein" }),
    penalties: Object.fromEntries(named),
    updates: { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1, ...updates },
    ema: false,
  });
}

/** Plays and gives (theta, psi) after every phase, with what the phase measured. */
async function play(settings: Settings) {
  const game = diracGame(settings);
  let [theta, psi] = [2, 0.5];
  const out: { theta: number; psi: number; metrics: Record<string, number> }[] = [];
  for (let step = 0; step < (settings.steps ?? 1); step++) {
    for (const phase of planStep(game.updates, game.penalties, step)) {
      const { graph, metrics, scalars } = traceStep(game, phase);
      const executable = await referenceBackend.compile(optimize(graph));
      const results = await executable.run({
        generator: Float32Array.of(theta),
        discriminator: Float32Array.of(psi),
        real: new Float32Array(4).fill(REAL),
        "random/latent": Float32Array.of(-1, 0, 1, 2),
        scalars: Float32Array.from(scalars, () => LR),
      });
      theta = results.generator?.[0] ?? theta;
      psi = results.discriminator?.[0] ?? psi;
      out.push({ theta, psi, metrics: Object.fromEntries(metrics.map((name, i) => [name, results.metrics![i]!])) });
    }
  }
  return out;
}

describe("updates on the Dirac-GAN", () => {
  it("lets the generator answer the moved discriminator, without differentiating through that move", async () => {
    const [after] = await play({});
    // Loss of D: psi theta - psi. Its gradient is theta - 1 = 1.
    expect(after!.psi).toBeCloseTo(0.5 - LR * 1, 6);
    // Loss of G: -psi' theta, so theta moves by lr psi'. Through D's move it would be lr (psi' - lr theta).
    expect(after!.theta).toBeCloseTo(2 + LR * 0.375, 6);
    expect(after!.metrics["loss/discriminator"]).toBeCloseTo(0.5 * 2 - 0.5, 6);
    expect(after!.metrics["loss/generator"]).toBeCloseTo(-0.375 * 2, 6);
  });

  it("moves both from one evaluation when simultaneous", async () => {
    const [after] = await play({ updates: { mode: "simultaneous" } });
    expect(after!.psi).toBeCloseTo(0.375, 6);
    expect(after!.theta).toBeCloseTo(2 + LR * 0.5, 6);
    expect(after!.metrics["loss/generator"]).toBeCloseTo(-0.5 * 2, 6);
  });

  it("measures the size of gradient, weights and update", async () => {
    const [{ metrics }] = (await play({})) as [Awaited<ReturnType<typeof play>>[number]];
    expect(metrics["gradient/discriminator"]).toBeCloseTo(1, 6);
    expect(metrics["gradient/generator"]).toBeCloseTo(0.375, 6);
    expect(metrics["weight/discriminator"]).toBeCloseTo(0.5, 6);
    expect(metrics["update/discriminator"]).toBeCloseTo((LR * 1) / 0.5, 6);
    expect(metrics["update/generator"]).toBeCloseTo((LR * 0.375) / 2, 6);
    // Logits are all psi: no spread; the discriminator calls both sides real.
    expect(metrics["score/real"]).toBeCloseTo(0.5, 6);
    expect(metrics["score/fake"]).toBeCloseTo(1, 6);
    expect(metrics["spread/real"]).toBeCloseTo(0, 6);
    expect(metrics["accuracy/real"]).toBe(1);
    expect(metrics["accuracy/fake"]).toBe(0);
  });

  it.each([
    [3, 1],
    [1, 3],
    [2, 2],
    [3, 2],
  ])("plays %d discriminator and %d generator steps", async (discriminatorSteps, generatorSteps) => {
    const phases = await play({ updates: { discriminatorSteps, generatorSteps }, steps: 2 });
    let [theta, psi] = [2, 0.5];
    const count = Math.max(discriminatorSteps, generatorSteps);
    expect(phases).toHaveLength(2 * count);
    phases.forEach((phase, k) => {
      const i = k % count;
      if (i < discriminatorSteps) psi -= LR * (theta - REAL);
      if (i >= count - generatorSteps) theta += LR * psi;
      expect(phase.psi).toBeCloseTo(psi, 5);
      expect(phase.theta).toBeCloseTo(theta, 5);
    });
  });

  it("computes a lazy penalty at every fourth step, four times as strong", async () => {
    const gamma = 0.5;
    const phases = await play({ terms: { r1: { gamma, every: 4 } }, steps: 10 });
    let [theta, psi] = [2, 0.5];
    phases.forEach(({ metrics, ...after }, step) => {
      const active = step % 4 === 0;
      // R1 is gamma/2 psi^2 here; its gradient gamma psi.
      expect("penalty/r1" in metrics).toBe(active);
      if (active) expect(metrics["penalty/r1"]).toBeCloseTo((gamma / 2) * psi ** 2, 6);
      psi -= LR * (theta - REAL + (active ? 4 * gamma * psi : 0));
      theta += LR * psi;
      expect(after.psi).toBeCloseTo(psi, 5);
      expect(after.theta).toBeCloseTo(theta, 5);
    });
  });

  it("draws both players together by consensus", async () => {
    const gamma = 0.5;
    const [after] = await play({ terms: { consensus: { gamma } } });
    // v = (-psi, theta - 1); the term is gamma/2 (psi^2 + (theta - 1)^2) for both players.
    const psi = 0.5 - LR * (2 - REAL + gamma * 0.5);
    expect(after!.psi).toBeCloseTo(psi, 6);
    expect(after!.theta).toBeCloseTo(2 - LR * (-psi + gamma * (2 - REAL)), 6);
  });

  it("counts a player's own updates for its lazy penalties", () => {
    const { penalties: terms, updates } = diracGame({
      updates: { discriminatorSteps: 3, generatorSteps: 1 },
      terms: { r1: { every: 4 }, l2: { player: "generator", every: 2 } },
    });
    const computed = [0, 1, 2, 3].flatMap((step) =>
      planStep(updates, terms, step).map((phase) => phase.penalties.join()),
    );
    // Discriminator updates 0 to 11: lazy at 0, 4 and 8; generator updates 0 to 3, each in a last phase: at 0 and 2.
    expect(computed).toEqual(["r1", "", "l2", "", "r1", "", "", "", "r1,l2", "", "", ""]);
  });
});

describe("what a step draws", () => {
  const names = (settings: Settings, phase = 0) => {
    const game = diracGame(settings);
    return traceStep(game, planStep(game.updates, game.penalties, 0)[phase]!).randoms.map(({ name }) => name);
  };

  it("draws one latent for both halves of an alternating step", () => {
    expect(names({})).toEqual(["random/latent"]);
  });

  it("draws no noise that no number depends on", () => {
    // The slope of a linear discriminator is the same everywhere, so it does not matter where the penalty looks.
    expect(names({ terms: { "wgan-gp": {} } })).toEqual(["random/latent"]);
  });
});
