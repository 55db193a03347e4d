/** @file Gradients against finite differences: of every objective with every penalty, and what every optimiser makes of them. */

import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { termName } from "../../src/gan/penalty.ts";
import { type Choices, expectedRefusal, factors, gameOf, PLAIN } from "./combinations.ts";
import { differenceAlong, direction, dot, moveOf, PLAYERS, tryStep } from "./slope.ts";

/** Penalties whose measured term is not what is differentiated, and what proves them instead. */
const NOT_A_SLOPE: Readonly<Record<string, string>> = {
  lecam: "its moving averages hold still the logits that went into them; see players.test.ts and golden/more.test.ts",
};

/** The same of a penalty under one objective. */
const NOT_UNDER: Readonly<Record<string, string>> = {
  "consensus under feature-matching":
    "the objective holds the reals' features still, and so does the square of its gradient",
};

/** Plain descent at rate 1: what a step subtracts is the gradient. */
const descent = (choices: Partial<Choices>): Choices => ({
  ...PLAIN,
  optimizer: "sgd",
  mode: "simultaneous",
  ...choices,
});

describe.each(["mlp", "dcgan, norm none"])("the gradient of %s", (architecture) => {
  describe.each(factors.objective)("with the objective %s", (objective) => {
    const tried = factors.penalty.filter(
      (penalty) =>
        !(penalty in NOT_A_SLOPE) &&
        !(`${penalty} under ${objective}` in NOT_UNDER) &&
        expectedRefusal(descent({ architecture, objective, penalty })) === undefined,
    );

    it.each(tried)("and the penalty %s is the slope of the loss", (penalty) => {
      const step = tryStep(gameOf(descent({ architecture, objective, penalty })));
      const { metrics } = evaluate(step.program.graph, step.feeds);
      const added = step.game.penalties[penalty];
      for (const player of PLAYERS) {
        const gradient = moveOf(step, player);
        const d = direction(gradient.length, player);
        const terms = [
          `loss/${player}`,
          ...(added !== undefined && [player, "both"].includes(added.player) ? [termName(penalty, added, player)] : []),
        ];
        const [slope, difference] = [dot(gradient, d), differenceAlong(step, player, d, terms)];
        const size = Math.hypot(...gradient) * Math.hypot(...d);
        expect(size).toBeGreaterThan(1e-3);
        expect(Math.abs(slope - difference), `slope ${slope}, difference ${difference}`).toBeLessThan(1e-6 * size);
        const measured = metrics![step.program.metrics.indexOf(`gradient/${player}`)];
        expect(measured).toBeCloseTo(Math.hypot(...gradient), 6);
      }
    });
  });
});

describe.each(factors.optimizer)("the move by %s", (optimizer) => {
  it.each(PLAYERS)("changes the loss of the %s as the gradient says", (player) => {
    const plain = tryStep(gameOf(descent({})));
    const step = tryStep(gameOf(descent({ optimizer })));
    // The same game, and so the same gradient, whatever the optimiser does with it.
    const gradient = moveOf(plain, player);
    const move = moveOf(step, player);
    const size = Math.hypot(...gradient) * Math.hypot(...move);
    expect(size).toBeGreaterThan(1e-4);
    const difference = differenceAlong(step, player, move, [`loss/${player}`]);
    expect(Math.abs(dot(gradient, move) - difference)).toBeLessThan(1e-6 * size);
    const { metrics } = evaluate(step.program.graph, step.feeds);
    expect(metrics![step.program.metrics.indexOf(`gradient/${player}`)]).toBeCloseTo(Math.hypot(...gradient), 6);
    expect(metrics![step.program.metrics.indexOf(`update/${player}`)]).toBeCloseTo(
      Math.hypot(...move) / Math.hypot(...Float64Array.from(step.feeds[player]!)),
      6,
    );
  });
});

it("names only penalties that there are", () => {
  expect(Object.keys(NOT_A_SLOPE).filter((name) => !factors.penalty.includes(name))).toEqual([]);
});
