/**
 * @file A design of combinations in which every two choices meet, each run by ONNX Runtime: a step is what the reference says, the
 * same twice, and a training that is saved and loaded goes on to the same bits. The rows are run by two files side by side.
 *
 * All else meets on light models. Heavy ones, which ONNX Runtime takes seconds to load, meet every other choice too, but a row of
 * theirs has at most one choice that makes the step several times as large (LARGE). What LEFT_OUT names is in no row: it has its
 * gradients, its step in ONNX Runtime and its export in architectures.test.ts.
 */

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend, Executable } from "../../src/backend/backend.ts";
import { emitModel } from "../../src/backend/onnx/emit.ts";
import { nodeBackend } from "../../src/backend/onnx/node.ts";
import { evaluate } from "../../src/backend/reference/reference.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { phaseKey, planStep } from "../../src/gan/step/phases.ts";
import { traceStep } from "../../src/gan/step/step.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/run/store/checkpoint.ts";
import { Executor } from "../../src/run/training/steps/executor.ts";
import { allPairs, coverPairs, type Design, holdsPair } from "../support/pairs.ts";
import {
  architectures,
  type Choices,
  expectedRefusal,
  factors,
  feedsOf,
  gameOf,
  HEAVY,
  randomReals,
  someLabels,
  someState,
} from "./combinations.ts";
import { firstDifference } from "./program.ts";

/** Variants that are left to architectures.test.ts, and what has their parts in the design. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "resnet, spectral and attention": "biggan has both, and resnet the rest",
  "mlp, norm spectral": "dcgan has it, and mlp the rest",
};

/** Choices that make a step several times as large; a heavy model's row has one of them. */
const LARGE: readonly string[] = [
  ...["extragradient", "updates, unrolled", "updates, accumulated", "updates, two of the generator"],
  ...["consensus", "r1", "r2", "zero-gp", "wgan-gp", "dragan"],
  ...["consistency", "balanced-consistency", "latent-consistency"],
];

/** Every factor, without what is left out. */
export const covered = {
  ...factors,
  architecture: factors.architecture.filter((name) => !(name in LEFT_OUT)),
};

function covering(): Design<keyof Choices> {
  const accepts = (choices: Partial<Choices>) => expectedRefusal(choices) === undefined;
  const cost = (name: keyof Choices, level: string) => {
    if (name === "architecture") return architectures[level]!.cost;
    return Number(LARGE.includes(level));
  };
  const light = covered.architecture.filter((name) => architectures[name]!.cost < HEAVY);
  const { rows } = coverPairs({ ...covered, architecture: light }, accepts, cost);
  const open = allPairs<keyof Choices>(covered).filter((pair) => !rows.some((row) => holdsPair(row, pair)));
  const small = (choices: Partial<Choices>) =>
    light.includes(choices.architecture ?? light[0]!) ||
    Object.values(choices).filter((level) => LARGE.includes(level)).length <= 1;
  const rest = coverPairs(covered, (choices) => accepts(choices) && small(choices), cost, open);
  return { rows: [...rows, ...rest.rows], impossible: rest.impossible };
}

/** First the rows of light models, then those of heavy ones and of what only they can have. */
export const design = covering();

/** A backend that compiles equal models once: what trains on after a load is traced anew, but need not wait for a session. */
function sharing(inner: Backend): Backend & { readonly compiled: Map<string, Executable> } {
  const compiled = new Map<string, Executable>();
  return {
    name: inner.name,
    compiled,
    async compile(graph: Graph) {
      const key = createHash("sha256")
        .update(emitModel(graph, { channelBlock: 0 }).bytes)
        .digest("hex");
      const executable = compiled.get(key) ?? (await inner.compile(graph));
      compiled.set(key, executable);
      return executable;
    },
  };
}

/** A rate at which two steps move the weights by more than a rounding, and by no more than float32 can follow. */
const LR = 3e-3;

/** Trains from step `from` to before step `to`. Draws are numbered as in a training of that many phases a step. */
async function trainOn(executor: Executor, game: Game, from: number, to: number): Promise<void> {
  const perStep = Math.max(game.updates.discriminatorSteps, game.updates.generatorSteps);
  const labels = someLabels(game);
  for (let step = from; step < to; step++) {
    for (const [i, phase] of planStep(game.updates, game.penalties, step).entries()) {
      await executor.run(phase, {
        real: randomReals(game),
        ...(labels && { labels }),
        draw: step * perStep + i,
        scalar: ({ name, ramp }) => (ramp !== undefined ? ramp.from / (1 + step) : name === "ema/decay" ? 0.75 : LR),
      });
    }
  }
}

/** Every kind of phase in the steps that are trained: ONNX Runtime against the reference, and against itself. */
async function checkPhases(game: Game, shared: Backend, tolerance: number): Promise<void> {
  const steps = [0, 1, 2, 3].flatMap((step) => planStep(game.updates, game.penalties, step));
  const phases = new Map(steps.map((phase) => [phaseKey(phase), phase]));
  for (const phase of phases.values()) {
    const program = traceStep(game, phase);
    const graph = optimize(program.graph);
    verifyGraph(graph);
    const executable = await shared.compile(graph);
    const feeds = feedsOf(game, program, LR);
    const [first, second] = [await executable.run(feeds), await executable.run(feeds)];
    const expected = evaluate(program.graph, feeds);
    expect(Object.keys(first).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(expected)) {
      expect(second[name], `${name} the second time`).toEqual(first[name]);
      expect(firstDifference(first[name]!, values, tolerance), `${name} in phase ${phaseKey(phase)}`).toBeNull();
    }
  }
}

/** Two steps, a checkpoint, two more: from the file it is the same to the bit. */
async function checkResume(game: Game, shared: Backend, folder: string): Promise<void> {
  const executor = new Executor(game, shared, 1);
  executor.state.fromArrays(someState(game).toArrays(), "the state to begin with");
  await trainOn(executor, game, 0, 2);
  const { path } = saveCheckpoint(folder, "last", {
    ...{ step: 2, images: 0, cursor: 0, fingerprint: "" },
    state: executor.state.toArrays(),
  });
  const saved = new Map([...executor.state.toArrays()].map(([key, { data }]) => [key, data.slice()]));
  await trainOn(executor, game, 2, 4);
  const later = new Executor(game, shared, 1);
  later.state.fromArrays(loadCheckpoint(path).state, path);
  await trainOn(later, game, 2, 4);
  const resumed = later.state.toArrays();
  for (const [key, { data }] of executor.state.toArrays()) {
    expect(resumed.get(key)!.data, key).toEqual(data);
    expect((data as Float32Array).every(Number.isFinite), `${key} is finite`).toBe(true);
  }
  const moved = [...executor.state.toArrays()].filter(([key, { data }]) => `${data}` !== `${saved.get(key)}`);
  expect(moved.map(([key]) => key.split("/")[0])).toEqual(expect.arrayContaining(["generator", "discriminator"]));
}

/** Makes the tests of the rows whose number among those of their model is `part` of `parts`. */
export function describeCovering(part: number, parts: number): void {
  let backend: Backend;
  let folder: string;
  beforeAll(async () => {
    backend = await nodeBackend({ threads: 1 });
    folder = mkdtempSync(join(tmpdir(), "gantry-covering-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe.each(covered.architecture)("%s", (architecture) => {
    const rows = design.rows.filter((choices) => choices.architecture === architecture);
    const names = Object.keys(covered).filter((name) => name !== "architecture") as (keyof Choices)[];
    const titled = rows
      .filter((_, i) => i % parts === part)
      .map((choices) => [names.map((name) => choices[name]).join(" · "), choices] as const);

    it.each(titled)("%s: as the reference says, and goes on exactly after a load", async (_, choices) => {
      const game = gameOf(choices);
      const shared = sharing(backend);
      try {
        // Thirty layers, and statistics of four samples, magnify float32's rounding; each layer is held to 1e-5 in golden/.
        await checkPhases(game, shared, architectures[architecture]!.cost < HEAVY ? 1e-4 : 1e-3);
        const kinds = shared.compiled.size;
        await checkResume(game, shared, folder);
        // The same choices give the same program: training and resuming compiled nothing new.
        expect(shared.compiled.size).toBe(kinds);
      } finally {
        for (const executable of shared.compiled.values()) await executable.release();
      }
    });
  });
}
