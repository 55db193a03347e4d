/**
 * @file Every objective and every penalty on the Dirac game: the derivative of the real step at the equilibrium, its
 * spectral radius and the trajectory of the real trainer are what theory says. Rows of the registries that theory knows
 * nothing of fail by name.
 */

import { describe, expect, it } from "vitest";
import { objectives } from "../../src/gan/objectives.ts";
import { penalties } from "../../src/gan/penalties.ts";
import { expectMatrix, expectPath, expectRadius } from "../support/dirac-expect.ts";
import { type Dirac, dirac, jacobian, train } from "../support/dirac-game.ts";
import { type HandGame, handOptimistic, handPlay, handSgd } from "../support/dirac-play.ts";
import { type Mode, mapAtRest, radiusAtRest } from "../support/dirac-radius.ts";
import {
  matrixAtRest,
  type ObjectiveTheory,
  objectiveTheory,
  outside,
  type PenaltyTheory,
  penaltyTheory,
} from "../support/dirac-theory.ts";

const H = 0.2;
/** Not so round that a number is 0 after a move or two. */
const START = { theta: 1.1, psi: 0.9 };
const STEPS = 40;
const MODES: readonly Mode[] = ["simultaneous", "alternating", "extragradient", "optimistic"];

interface Setting {
  readonly mode: Mode;
  readonly objective: string;
  readonly theory: ObjectiveTheory;
  readonly penalty?: { readonly name: string; readonly theory: PenaltyTheory };
}

/** The game as the library plays it. */
function real({ mode, objective, theory, penalty }: Setting): Dirac {
  const optimizer = { name: "sgd", lr: H, optimistic: mode === "optimistic" };
  return dirac(
    {
      objective: { name: objective, ...theory.options },
      penalties: penalty ? [{ name: penalty.name, ...penalty.theory.options }] : [],
      optimizer: { generator: optimizer, discriminator: optimizer },
      updates: { mode: mode === "optimistic" ? "simultaneous" : mode },
    },
    H,
    START,
  );
}

/** The same game by hand. */
function byHand({ mode, theory, penalty }: Setting): HandGame {
  const player = () => ({ rate: H, stepper: mode === "optimistic" ? handOptimistic(handSgd()) : handSgd() });
  return {
    objective: theory,
    penalties: penalty ? [penalty.theory] : [],
    mode: mode === "optimistic" ? "simultaneous" : mode,
    players: { generator: player(), discriminator: player() },
    start: START,
  };
}

async function holds(setting: Setting) {
  const game = real(setting);
  const { penalty, theory, mode } = setting;
  let steps = STEPS;
  if (penalty === undefined || penalty.theory.matrix !== undefined) {
    const m = matrixAtRest(theory, penalty ? [penalty.theory] : []);
    const slots = mode === "optimistic" ? ["optim/generator/previous", "optim/discriminator/previous"] : [];
    const found = jacobian(game, {
      vary: ["generator", "discriminator", ...slots],
      held: penalty?.theory.held ?? {},
    });
    expectMatrix(found, mapAtRest(m, H, mode));
    const radius = radiusAtRest(m, H, mode);
    expectRadius(found, radius);
    // What grows fast is compared while float32 holds it.
    if (radius > 1.5) steps = 12;
  }
  expectPath(await train(game, steps), handPlay(byHand(setting), steps));
}

describe("theory", () => {
  it.each([
    ["objective", objectives, objectiveTheory, "objectiveTheory"],
    ["penalty", penalties, penaltyTheory, "penaltyTheory"],
  ])("knows every %s", (kind, registry, theory, table) => {
    const missing = Object.keys(registry).filter((name) => !(name in theory || name in outside));
    expect(
      missing.map((name) => `say what theory predicts for the ${kind} "${name}" in ${table} of dirac-theory.ts`),
    ).toEqual([]);
    expect(Object.keys(theory).filter((name) => !(name in registry))).toEqual([]);
  });
});

const eachObjective = Object.entries(objectiveTheory).flatMap(([objective, rows]) =>
  rows.map((theory) => ({ objective, theory, options: JSON.stringify(theory.options ?? {}) })),
);

describe.each(MODES)("%s, without penalties", (mode) => {
  it.each(eachObjective)("$objective $options moves as by hand", ({ objective, theory }) =>
    holds({ mode, objective, theory }),
  );
});

const eachPenalty = Object.entries(penaltyTheory).flatMap(([name, rows]) =>
  rows.map((theory) => ({ name, theory, options: JSON.stringify(theory.options) })),
);

describe.each(MODES.slice(0, 3))("%s", (mode) => {
  describe.each(["non-saturating", "wasserstein"])("%s", (objective) => {
    it.each(eachPenalty)("with $name $options moves as by hand", ({ name, theory }) =>
      holds({ mode, objective, theory: objectiveTheory[objective]![0]!, penalty: { name, theory } }),
    );
  });
});
