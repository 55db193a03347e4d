/**
 * @file The Dirac game for the library: two networks of one parameter each, and everything else as a config says it. It is
 * trained by the real trainer, and differentiated by finite differences of the real step.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "../../src/backend/backend.ts";
import { evaluate, referenceBackend } from "../../src/backend/reference/reference.ts";
import { type Config, parseConfig } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import type { PointDataset } from "../../src/data/dataset.ts";
import { createGame } from "../../src/gan/game/create-game.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import { planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import type { RandomSpec, ScalarSpec } from "../../src/gan/step/trace.ts";
import { sizeOf } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import type { Layer } from "../../src/nn/module.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { createRun } from "../../src/run/store/run-dir.ts";
import { drawNoise } from "../../src/run/training/steps/executor.ts";
import { runTraining } from "../../src/run/training/trainer.ts";
import type { Matrix } from "./complex.ts";
import type { Point } from "./dirac-theory.ts";

/** The generator: the point θ, whatever the latent is. */
const point = (start: number): Layer => ({
  kind: "point",
  apply: (z, context) =>
    t.add(
      t.mul(z, 0),
      context.param("weight", [1, 1], (_, __, out) => out.fill(start)),
    ),
});

/** The discriminator: ψ x. What it shows as features is x. */
const slope = (start: number): Layer => ({
  kind: "slope",
  apply(x, context) {
    context.show("features", x);
    return t.mul(
      x,
      context.param("weight", [1, 1], (_, __, out) => out.fill(start)),
    );
  },
});

/** A Dirac game and the config it comes from. */
export interface Dirac {
  readonly config: Config;
  readonly game: Game;
  readonly start: Point;
}

/** The Dirac game under `raw`, a config without data and model. Both players descend at rate `h` unless it says otherwise. */
export function dirac(raw: Readonly<Record<string, unknown>>, h: number, start: Point = { theta: 1, psi: 1 }): Dirac {
  const config = parseConfig({
    data: { source: "dirac" },
    model: { name: "mlp", latent: 1, width: 1, depth: 1 },
    optimizer: { generator: { name: "sgd", lr: h }, discriminator: { name: "sgd", lr: h } },
    ema: { enabled: false },
    batch: 4,
    steps: 1,
    log: { every: 100_000 },
    samples: { every: 100_000, count: 1 },
    checkpoint: { every: 100_000 },
    ...raw,
  });
  // The networks are exchanged; optimisers, penalties and all else are what the config made.
  const made = gameFromConfig(config, { kind: "points", shape: [1] });
  const game = createGame({
    ...made,
    generator: { layer: point(start.theta), optimizer: made.generator.optimizer },
    discriminator: { layer: slope(start.psi), optimizer: made.discriminator.optimizer },
  });
  return { config, game, start };
}

const zeros = (count: number): PointDataset => ({
  kind: "points",
  name: "dirac",
  count,
  shape: [1],
  data: new Float32Array(count),
  valueRange: { min: 0, max: 0, convention: "real" },
  skipped: [],
  notes: [],
});

/** Trains by the real trainer. Gives where the players are after each phase in which one moved. */
export async function train({ config, game, start }: Dirac, steps: number, backend: Backend = referenceBackend) {
  const path: Point[] = [];
  let at = start;
  const recording: Backend = {
    name: backend.name,
    async compile(graph) {
      const executable = await backend.compile(graph);
      return {
        async run(feeds, into) {
          const results = await executable.run(feeds, into);
          const { generator, discriminator } = results;
          at = { theta: generator?.[0] ?? at.theta, psi: discriminator?.[0] ?? at.psi };
          if (generator !== undefined || discriminator !== undefined) path.push(at);
          return results;
        },
        release: () => executable.release(),
      };
    },
  };
  const root = mkdtempSync(join(tmpdir(), "gantry-dirac-"));
  try {
    const job = { config: { ...config, steps }, dataset: zeros(config.batch), game, run: createRun(root, "dirac") };
    const result = await runTraining({ ...job, resume: false }, { backend: recording });
    if (result.status !== "finished") throw new Error(result.reason);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return path;
}

/** Everything that is carried, in float64. */
type State = Readonly<Record<string, Float64Array>>;

/** What {@link jacobian} is asked for. */
export interface JacobianOptions {
  /** Carried arrays whose derivatives are taken, in order; both players first. Default: the players alone. */
  readonly vary?: readonly string[];
  /** Values of carried numbers other than their first, by name. */
  readonly held?: Readonly<Record<string, number>>;
  /** Half the span of the central differences. */
  readonly span?: number;
  /** Steps that make the map. Default 1. */
  readonly steps?: number;
  /** Fed noise by name. Default: as the trainer draws it for its first batch. */
  readonly noise?: (spec: RandomSpec) => ArrayLike<number>;
  /** A fed number. Default: the learning rates of the config. */
  readonly scalar?: (spec: ScalarSpec) => number;
}

/** The noise of a training's batch number `draw`. */
export function noiseOf(spec: RandomSpec, draw: number): Float32Array | Uint8Array {
  const size = sizeOf(spec.shape);
  const values = spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size);
  drawNoise(0, spec, draw, values);
  return values;
}

const firstNoise = (spec: RandomSpec) => noiseOf(spec, 0);

/** One step of the real game as a function of the state, in float64 (constants of the graph are float32). */
function stepMap({ config, game }: Dirac, { noise, scalar }: JacobianOptions): (state: State) => State {
  const rate = ({ name }: ScalarSpec) =>
    name === "lr/generator" ? config.optimizer.generator.lr : config.optimizer.discriminator.lr;
  const programs = planStep(game.updates, game.penalties, 0).map((phase) => {
    const { graph, randoms, scalars } = traceStep(game, phase);
    const drawn = randoms.map((spec) => [spec.name, (noise ?? firstNoise)(spec)] as const);
    const values = Float64Array.from(scalars, scalar ?? rate);
    return {
      graph: optimize(graph),
      fed: { ...Object.fromEntries(drawn), scalars: values, real: new Float64Array(game.batch) },
    };
  });
  return (state) => {
    let now: State = state;
    for (const { graph, fed } of programs) {
      const { metrics: _, ...after } = evaluate(graph, { ...now, ...fed });
      now = { ...now, ...after };
    }
    return now;
  };
}

/** The derivative of a step at the equilibrium θ = ψ = 0, by central differences. Rows and columns as `vary` says. */
export function jacobian(subject: Dirac, options: JacobianOptions = {}): Matrix {
  const { vary = ["generator", "discriminator"], held = {}, span = 1e-4, steps = 1 } = options;
  const map = stepMap(subject, options);
  const values: Readonly<Record<string, number>> = { generator: 0, discriminator: 0, ...held };
  const rest = Object.fromEntries(
    gameState(subject.game).map(({ name, initial }) => [name, Float64Array.from(initial(0), (x) => values[name] ?? x)]),
  );
  const image = (name: string, by: number): number[] => {
    let state: State = { ...rest, [name]: Float64Array.of(by) };
    for (let i = 0; i < steps; i++) state = map(state);
    return vary.map((row) => state[row]![0]!);
  };
  const columns = vary.map((name) => {
    const [above, below] = [image(name, span), image(name, -span)];
    return above.map((x, i) => (x - below[i]!) / (2 * span));
  });
  return vary.map((_, row) => columns.map((column) => column[row]!));
}
