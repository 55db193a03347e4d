/**
 * @file The contract of augmentations: each keeps shapes and differentiates, runs in a step as the reference says, the same way
 * twice, writes what it carries, and leaves no trace in the sampler. A new row is tested by being there.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import type { Backend, HostArrays } from "../../src/backend/backend.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import type { Augment } from "../../src/gan/augment.ts";
import { augments } from "../../src/gan/augments.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { traceSampler } from "../../src/gan/observe/sampler.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import type { RandomSpec } from "../../src/gan/step/trace.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { sizeOf, type Tensor } from "../../src/graph/ops.ts";
import { printGraph } from "../../src/graph/print.ts";
import * as t from "../../src/graph/tensor.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { StateStore } from "../../src/run/store/state-store.ts";
import { drawNoise } from "../../src/run/training/steps/executor.ts";
import { createFrom } from "../../src/util/registry.ts";
import { fillNormal, fillUniform, streamKey } from "../../src/util/rng.ts";
import { firstDifference } from "./program.ts";

const BATCH = 4;
const kinds = {
  points: { model: { name: "mlp", latent: 2, width: 4, depth: 1 }, sample: { kind: "points", shape: [2] } },
  images: { model: { name: "dcgan", latent: 2, base: 1 }, sample: { kind: "images", shape: [3, 16, 16] } },
} as const;

type Kind = keyof typeof kinds;
type Choice = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Every row, strong enough to act, on what it is for; those with a strength once adaptive and once with a given one. */
const cases = Object.entries(augments).flatMap(([name, row]) => {
  const plain = row.create(row.options.parse({}));
  const choices: Choice[] =
    plain.strength === undefined
      ? [{ name }]
      : [
          { name, initial: 0.7, interval: 1 },
          { name, p: 0.7 },
        ];
  return plain.kinds.flatMap((kind) => choices.map((choice) => ({ name, kind, choice, text: JSON.stringify(choice) })));
});

function gameOf(kind: Kind, augment: readonly Choice[]): Game {
  const { model, sample } = kinds[kind];
  return gameFromConfig(parseConfig({ data: { source: "none" }, model, augment, batch: BATCH }), sample);
}

/** Noise of a seed. */
function noise(specs: readonly RandomSpec[], seed: number): Record<string, Float32Array | Uint8Array> {
  return Object.fromEntries(
    specs.map((spec) => {
      const size = sizeOf(spec.shape);
      const values = spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size);
      drawNoise(seed, spec, 0, values);
      return [spec.name, values];
    }),
  );
}

const uniform = (name: string, size: number): Float32Array => {
  const out = new Float32Array(size);
  fillUniform(streamKey(5, name), 0, out);
  return out.map((x) => 2 * x - 1);
};

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

describe.each(cases)("$text on $kind", ({ name, kind, choice }) => {
  const { shape } = kinds[kind].sample;
  const { name: _, ...options } = choice;
  const augment = createFrom<Augment>("augmentation", augments, { name, ...options });
  const x = t.input("x", [BATCH, ...shape]);
  const other = t.input("other", [BATCH, ...shape]);
  const specs: RandomSpec[] = [];
  const context = {
    random: (stream: string, size: readonly number[], distribution: RandomSpec["distribution"]): Tensor => {
      const spec = { name: `random/${stream}`, shape: size, distribution };
      if (!specs.some((known) => known.name === spec.name)) specs.push(spec);
      else throw new Error(`${stream} is drawn twice`);
      return t.input(spec.name, size, distribution.kind === "bernoulli" ? "u8" : "f32");
    },
    strength: augment.strength === undefined ? 1 : 0.5,
  };
  const replaced = augment.replace?.(x, () => other, context) ?? x;
  const y = augment.transform?.(replaced, context) ?? replaced;
  const feeds = (seed: number) => ({
    x: uniform("x", sizeOf(x.shape)),
    other: uniform("other", sizeOf(x.shape)),
    ...noise(specs, seed),
  });

  it("keeps the shape, changes samples, and gives finite values", () => {
    expect(y.shape).toEqual(x.shape);
    const values = evaluate(buildGraph({ y }), feeds(1)).y!;
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
    expect([...values]).not.toEqual([...feeds(1).x]);
    // Other noise, another result; the same noise, the same result.
    expect(evaluate(buildGraph({ y }), feeds(2)).y).not.toEqual(values);
    expect(evaluate(buildGraph({ y }), feeds(1)).y).toEqual(values);
  });

  it("has the gradient that differences say", () => {
    const weights = uniform("weights", sizeOf(x.shape));
    const loss = t.sum(t.mul(t.square(y), t.constant(weights, x.shape)));
    const graph = buildGraph({ loss, slope: grad(loss, [x])[0]! });
    const given: Record<string, ArrayLike<number>> = feeds(3);
    const direction = new Float32Array(sizeOf(x.shape));
    fillNormal(streamKey(4, name), 0, direction);
    const at = (step: number) =>
      evaluate(graph, { ...given, x: Float64Array.from(given.x!, (value, i) => value + step * direction[i]!) });
    const slope = at(0).slope!.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    const difference = (at(1e-5).loss![0]! - at(-1e-5).loss![0]!) / 2e-5;
    expect(Math.abs(slope)).toBeGreaterThan(1e-3);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-6 * Math.hypot(...at(0).slope!) * Math.hypot(...direction));
  });

  describe("in a step", () => {
    const game = gameOf(kind, [choice]);
    const program = traceStep(game, planStep(game.updates, game.penalties, 0)[0]!);
    const store = new StateStore(gameState(game));
    store.initialise(0);
    const length = BATCH * sizeOf(shape);
    const given: HostArrays = {
      ...store.read(),
      ...noise(program.randoms, 1),
      real: kind === "images" ? Uint8Array.from({ length }, (_, i) => (i * 89) % 256) : uniform("real", length),
      scalars: Float32Array.from(program.scalars, ({ name: scalar }) => (scalar === "ema/decay" ? 0.75 : 1e-3)),
    };
    const names = new Set(program.graph.inputs.map(({ attrs }) => attrs.name));
    const fed = Object.fromEntries(Object.entries(given).filter(([key]) => names.has(key)));

    it("gives what the reference says, twice, and writes what it carries", async () => {
      verifyGraph(program.graph);
      const executable = await backend.compile(optimize(program.graph));
      const [first, second] = [await executable.run(fed), await executable.run(fed)];
      await executable.release();
      const expected = evaluate(program.graph, fed);
      expect(Object.keys(first).sort()).toEqual(["metrics", ...gameState(game).map((state) => state.name)].sort());
      const carried = gameState(game).filter((state) => state.name.startsWith("augment/"));
      expect(carried.length > 0).toBe(augment.strength !== undefined && !("p" in choice));
      for (const output of Object.keys(first)) {
        expect(second[output], output).toEqual(first[output]);
        expect(firstDifference(first[output]!, expected[output]!, 2e-4), output).toBeNull();
      }
      const measured = (metric: string) => first.metrics![program.metrics.indexOf(metric)];
      expect(measured("gradient/generator")).toBeGreaterThan(1e-6);
      if (augment.strength === undefined) expect(program.metrics).not.toContain("augment/p");
      else expect(measured("augment/p")).toBeCloseTo(0.7, 6);
      expect(program.metrics.includes("augment/rt")).toBe(carried.length > 0);
    });

    it("draws anew for reals, fakes and the generator's turn", () => {
      const uses = program.randoms.filter((spec) => spec.name.includes(`augment/${name}/`)).map((spec) => spec.name);
      const prefixes = [...new Set(uses.map((use) => use.slice(0, use.indexOf("/augment/"))))].sort();
      const all = ["random/answer/fake", "random/step/fake", "random/step/real"];
      expect(prefixes).toEqual(augment.transform === undefined ? ["random/step/real"] : all);
    });

    it("leaves no trace in the sampler", () => {
      for (const ema of [true, false]) {
        const sampler = (of: Game) => printGraph(traceSampler(of, { count: 2, ema, format: "raw" }));
        expect(sampler(game)).toBe(sampler(gameOf(kind, [])));
        expect(sampler(game)).not.toContain("augment");
      }
    });
  });
});

describe("what an augmentation is for", () => {
  it.each(Object.values(augments).filter((row) => !row.create(row.options.parse({})).kinds.includes("points")))(
    "$name is refused for points, with what to do",
    ({ name }) => {
      expect(() => gameOf("points", [{ name }])).toThrow(`augment: "${name}" is for images; the data are points`);
    },
  );

  it("ada is refused for images that are not square, or have other channels", () => {
    const config = parseConfig({ data: { source: "none" }, model: "mlp", augment: "ada", batch: 4 });
    const game = (shape: readonly number[]) => gameFromConfig(config, { kind: "images", shape });
    expect(() => game([1, 8, 10])).toThrow("must be square; the data are 10x8");
    expect(() => game([2, 8, 8])).toThrow("images of 1 or 3 channels; the data have 2");
  });
});
