/**
 * @file The whole product: every objective with every penalty, optimiser and way of moving, on every model that the reference
 * computes quickly. Of a heavy model it has the penalties that no other model can have; all else meets heavy models two by two,
 * in covering.ts. The tests are made here and run by two files side by side, each with its share of the objectives.
 */

import { describe, expect, it } from "vitest";
import { evaluate } from "../../src/backend/reference/reference.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { Game } from "../../src/gan/game/game.ts";
import { gameState } from "../../src/gan/game/game-state.ts";
import type { Player } from "../../src/gan/game/player.ts";
import { termName } from "../../src/gan/penalty.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import type { SlotSpec, Slots, Transform } from "../../src/optim/transform.ts";
import {
  architectures,
  type Choices,
  expectedRefusal,
  factors,
  feedsOf,
  gameOf,
  HEAVY,
  NONE,
  PLAIN,
  programOf,
  rawConfig,
  refusalProblem,
  representatives,
} from "./combinations.ts";

/** The part of `slots` that belongs to `name`. */
function own<V>(slots: Slots<V>, name: string): Slots<V> {
  const prefix = `${name}: `;
  const mine = Object.entries(slots).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(mine.map(([key, value]) => [key.slice(prefix.length), value]));
}

const renamed = <V>(slots: Slots<V>, name: string): Slots<V> =>
  Object.fromEntries(Object.entries(slots).map(([key, value]) => [`${name}: ${key}`, value]));

/** Optimisers side by side: each is shown the gradient and keeps its update as a slot; the first one's moves the player. */
function sideBySide(transforms: readonly (readonly [string, Transform])[]): Transform {
  return {
    slots: (length) =>
      Object.assign(
        {},
        ...transforms.map(([name, transform]) => {
          const slots: Slots<SlotSpec> = { ...transform.slots(length), update: { shape: [length], initial: 0 } };
          return renamed(slots, name);
        }),
      ),
    update(gradient, slots, parameters, scheduled) {
      const results = transforms.map(([name, transform]) => ({
        name,
        ...transform.update(gradient, own<Tensor>(slots, name), parameters, scheduled),
      }));
      return {
        update: results[0]!.update,
        slots: Object.assign({}, ...results.map(({ name, update, slots }) => renamed({ ...slots, update }, name))),
      };
    },
  };
}

function withOptimizer(player: Player, optimizer: Transform): Player {
  return { ...player, optimizer, slots: optimizer.slots(player.parameters.length) };
}

/** The transforms of every optimiser; they know nothing of the networks. */
const transforms: ReadonlyMap<string, Transform> = new Map(
  factors.optimizer.map((optimizer) => [optimizer, gameOf({ ...PLAIN, optimizer }).generator.optimizer]),
);

/** The game of the first of `group`, with the optimisers of all. */
function joint(group: readonly Choices[]): Game {
  const game = gameOf(group[0]!);
  if (group.length === 1) return game;
  const all = sideBySide(group.map(({ optimizer }) => [optimizer, transforms.get(optimizer)!] as const));
  return {
    ...game,
    generator: withOptimizer(game.generator, all),
    discriminator: withOptimizer(game.discriminator, all),
  };
}

/** Traces a step of `game` and computes it: everything carried is written in its shape, is finite and has changed. */
function checkStep(game: Game, penalty: string): void {
  const program = programOf(game);
  const { graph, metrics } = program;
  verifyGraph(graph);
  expect(new Set(metrics).size).toBe(metrics.length);
  const players = ["discriminator", "generator"] as const;
  const terms = players.map((player) => termName(penalty, game.penalties[penalty] ?? { player }, player));
  expect(metrics.filter((name) => name.startsWith("penalty/")).sort()).toEqual(
    penalty === NONE ? [] : [...new Set(terms)].sort(),
  );
  const written = Object.entries(graph.outputs).map(([name, { shape }]) => `${name} [${shape}]`);
  const carried = gameState(game).map(({ name, shape }) => `${name} [${shape}]`);
  expect(written.sort()).toEqual([`metrics [${metrics.length}]`, ...carried].sort());

  const feeds = feedsOf(game, program, 1e-3);
  for (const [name, values] of Object.entries(evaluate(graph, feeds))) {
    const wrong = values.findIndex((x) => !Number.isFinite(x));
    if (wrong >= 0) expect.fail(`${name === "metrics" ? metrics[wrong] : name} is ${values[wrong]}`);
    const before = feeds[name];
    if (before?.every((x, i) => x === values[i])) expect.fail(`the step leaves "${name}" as it was`);
  }
}

/**
 * Combinations that share all but the optimiser, as groups that are traced together: the optimiser sees nothing of a game but
 * two vectors, so all of them are shown the same gradient. On points, which cost little, each has a step of its own.
 */
const groupsOf = (architecture: string): (readonly string[])[] =>
  architecture === "mlp" ? factors.optimizer.map((name) => [name]) : [factors.optimizer];

/** What stands for each model that the reference computes quickly. */
const light = representatives.filter((name) => architectures[name]!.cost < HEAVY);

/** The penalties that a model meets in the product: all, and of a heavy one those that no light one can have. */
const penaltiesOf = (architecture: string): readonly string[] =>
  light.includes(architecture)
    ? factors.penalty
    : factors.penalty.filter(
        (penalty) =>
          expectedRefusal({ architecture, penalty }) === undefined &&
          light.every((other) => expectedRefusal({ architecture: other, penalty }) !== undefined),
      );

/** Makes the tests of the objectives whose place in the list is `part` of `parts`. */
export function describeProduct(part: number, parts: number): void {
  const mine = factors.objective.filter((_, i) => i % parts === part);
  const met = representatives.filter((architecture) => penaltiesOf(architecture).length > 0);
  describe.each(met)("the model %s", (architecture) => {
    describe.each(mine)("with the objective %s", (objective) => {
      it.each(penaltiesOf(architecture))("and the penalty %s, by every optimiser and in every mode", (penalty) => {
        for (const mode of factors.mode) {
          for (const names of groupsOf(architecture)) {
            const group = names.map((optimizer): Choices => {
              return { architecture, objective, penalty, optimizer, mode, extra: "nothing" };
            });
            for (const choices of group) {
              // What the config's rules refuse costs no networks; what only the game refuses is built.
              const build = () => (expectedRefusal(choices) ? gameOf(choices) : parseConfig(rawConfig(choices)));
              const problem = refusalProblem(choices, build);
              if (problem !== null) expect.fail(problem);
            }
            const accepted = group.filter((choices) => expectedRefusal(choices) === undefined);
            if (accepted.length === 0) continue;
            try {
              checkStep(joint(accepted), penalty);
            } catch (error) {
              throw new Error(`${mode}, by ${accepted.map(({ optimizer }) => optimizer)}`, { cause: error });
            }
          }
        }
      });
    });
  });
}
