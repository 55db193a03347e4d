/**
 * @file A design of combinations in which every two choices meet, each run by ONNX Runtime: a step is what the reference says, the
 * same twice, and a training that is saved and loaded goes on to the same bits. Beside it: what the combined choices must cover.
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
import type { Game } from "../../src/gan/game.ts";
import { phaseKey, planStep } from "../../src/gan/phases.ts";
import { traceStep } from "../../src/gan/step.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { models } from "../../src/models/models.ts";
import { optimize } from "../../src/passes/pipeline.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/run/checkpoint.ts";
import { configSchema } from "../../src/run/config-schema.ts";
import { Executor } from "../../src/run/executor.ts";
import { coverPairs } from "../support/pairs.ts";
import {
  architectures,
  type Choices,
  EXTRAS,
  expectedRefusal,
  FIXED,
  factors,
  feedsOf,
  gameOf,
  PLAIN,
  REFUSALS,
  randomReals,
  refusalProblem,
  someLabels,
  someState,
  TINY,
} from "./combinations.ts";
import { firstDifference } from "./program.ts";

const design = coverPairs(
  factors,
  (choices) => expectedRefusal(choices) === undefined,
  (name, level) => (name === "architecture" ? architectures[level]!.cost : 0),
);

describe("the choices", () => {
  it("have a smallest form of every model", () => {
    expect(Object.keys(TINY).sort()).toEqual(Object.keys(models).sort());
    for (const [name, variants] of Object.entries(TINY)) {
      for (const { model } of Object.values(variants)) expect(model.name).toBe(name);
    }
  });

  it("have a form of every key of the config that changes a step", () => {
    const keys = Object.keys(configSchema.shape).filter((key) => !FIXED.includes(key));
    const covered = Object.entries(EXTRAS).flatMap(([, config]) => Object.keys(config));
    expect([...new Set(covered)].sort()).toEqual(keys.sort());
  });

  it("meet in the design, each with each, unless a refusal keeps them apart", () => {
    for (const [[a, x], [b, y]] of design.impossible) {
      expect(expectedRefusal({ [a]: x, [b]: y }), `${x} and ${y} never meet`).toBeDefined();
    }
    const pairs = Object.values(factors).map((levels) => levels.length);
    const [largest, next] = pairs.toSorted((a, b) => b - a) as [number, number];
    expect(design.rows.length).toBeLessThanOrEqual(2 * largest * next);
  });

  it("are refused as listed and not otherwise, each beside the plainest of the others", () => {
    for (const [i, first] of (Object.keys(factors) as (keyof Choices)[]).entries()) {
      for (const second of (Object.keys(factors) as (keyof Choices)[]).slice(i + 1)) {
        for (const a of factors[first]) {
          for (const b of factors[second]) {
            const problem = refusalProblem({ ...PLAIN, [first]: a, [second]: b });
            if (problem !== null) expect.fail(problem);
          }
        }
      }
    }
  });

  it("have no refusal on the list that refuses nothing", () => {
    for (const { when, says } of REFUSALS) {
      const refused = (Object.keys(factors) as (keyof Choices)[]).some((a) =>
        (Object.keys(factors) as (keyof Choices)[]).some((b) =>
          factors[a].some((x) => factors[b].some((y) => when({ ...PLAIN, [a]: x, [b]: y }))),
        ),
      );
      expect(refused, says).toBe(true);
    }
  });
});

const folder = mkdtempSync(join(tmpdir(), "gantry-covering-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let backend: Backend;
beforeAll(async () => {
  backend = await nodeBackend({ threads: 1 });
});

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

/** A rate at which two steps move the weights by more than a rounding. */
const LR = 1e-2;

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
async function checkPhases(game: Game, shared: Backend): Promise<void> {
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
      expect(firstDifference(first[name]!, values, 1e-4), `${name} in phase ${phaseKey(phase)}`).toBeNull();
    }
  }
}

/** Two steps, a checkpoint, two more: from the file it is the same to the bit. */
async function checkResume(game: Game, shared: Backend, name: string): Promise<void> {
  const executor = new Executor(game, shared, 1);
  executor.state.fromArrays(someState(game).toArrays(), "the state to begin with");
  await trainOn(executor, game, 0, 2);
  const { path } = saveCheckpoint(folder, name, {
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
  }
  const moved = [...executor.state.toArrays()].filter(([key, { data }]) => `${data}` !== `${saved.get(key)}`);
  expect(moved.map(([key]) => key.split("/")[0])).toEqual(expect.arrayContaining(["generator", "discriminator"]));
}

const titled = design.rows.map((choices) => ({ choices, title: Object.values(choices).join(" · ") }));

describe.each(Object.keys(architectures))("%s", (architecture) => {
  it.each(titled.filter(({ choices }) => choices.architecture === architecture))(
    "$title: as the reference says, and goes on exactly after a load",
    async ({ choices }) => {
      const game = gameOf(choices);
      const shared = sharing(backend);
      try {
        await checkPhases(game, shared);
        const kinds = shared.compiled.size;
        await checkResume(game, shared, String(design.rows.indexOf(choices)));
        // The same choices give the same program: training and resuming compiled nothing new.
        expect(shared.compiled.size).toBe(kinds);
      } finally {
        for (const executable of shared.compiled.values()) await executable.release();
      }
    },
  );
});
