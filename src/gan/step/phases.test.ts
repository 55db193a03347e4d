import { describe, expect, it } from "vitest";
import { createFrom } from "../../util/registry.ts";
import type { Updates } from "../game/updates.ts";
import { penalties as registry } from "../penalties.ts";
import { type Phase, phaseKey, planStep } from "./phases.ts";

const penalty = (choice: { name: string } & Record<string, unknown>) => createFrom("penalty", registry, choice);

const terms = {
  r1: penalty({ name: "r1", every: 4 }),
  l2: penalty({ name: "l2", player: "generator", every: 2 }),
  consensus: penalty({ name: "consensus", every: 2 }),
};

/** `DG! r1+l2`: who takes part, `!` where they move, and what is computed. */
const text = ({ discriminator, generator, moves, penalties }: Phase) =>
  `${discriminator ? "D" : ""}${generator ? "G" : ""}${moves ? "!" : ""} ${penalties.join("+")}`.trim();

function plan(updates: Partial<Updates>, step = 0, penalties: Parameters<typeof planStep>[1] = {}): string[] {
  const whole = { mode: "alternating", discriminatorSteps: 1, generatorSteps: 1, ...updates } as const;
  return planStep(whole, penalties, step).map(text);
}

describe("the plan of a step", () => {
  it("is one batch for a move of each player", () => {
    for (const mode of ["alternating", "simultaneous", "extragradient"] as const) {
      expect(plan({ mode })).toEqual(["DG!"]);
      expect(plan({ mode, accumulate: 1 })).toEqual(["DG!"]);
    }
    expect(plan({ discriminatorSteps: 3 })).toEqual(["D!", "D!", "DG!"]);
    expect(plan({ generatorSteps: 2 })).toEqual(["DG!", "G!"]);
  });

  it("accumulates for each player in turn where they alternate", () => {
    expect(plan({ accumulate: 3 })).toEqual(["D", "D", "D!", "G", "G", "G!"]);
    expect(plan({ accumulate: 2, discriminatorSteps: 2 })).toEqual(["D", "D!", "D", "D!", "G", "G!"]);
    expect(plan({ accumulate: 2, generatorSteps: 2 })).toEqual(["D", "D!", "G", "G!", "G", "G!"]);
  });

  it("accumulates for both at once where they move at once", () => {
    expect(plan({ mode: "simultaneous", accumulate: 3 })).toEqual(["DG", "DG", "DG!"]);
    expect(plan({ mode: "simultaneous", accumulate: 2, discriminatorSteps: 2 })).toEqual(["D", "D!", "DG", "DG!"]);
  });

  it("computes a lazy penalty in every batch of the move it belongs to", () => {
    const steps = (updates: Partial<Updates>) => [0, 1, 2].map((step) => plan(updates, step, terms));
    expect(steps({ accumulate: 2 })).toEqual([
      ["D r1+consensus", "D! r1+consensus", "G l2+consensus", "G! l2+consensus"],
      ["D", "D!", "G", "G!"],
      ["D consensus", "D! consensus", "G l2+consensus", "G! l2+consensus"],
    ]);
    // Discriminator updates 0 and 1, 2 and 3, 4 and 5: R1 at 0 and 4.
    expect(steps({ accumulate: 2, discriminatorSteps: 2 })).toEqual([
      ["D r1+consensus", "D! r1+consensus", "D consensus", "D! consensus", "G l2+consensus", "G! l2+consensus"],
      ["D", "D!", "D", "D!", "G", "G!"],
      ["D r1+consensus", "D! r1+consensus", "D consensus", "D! consensus", "G l2+consensus", "G! l2+consensus"],
    ]);
  });

  it("has the same moves and penalties, in the same order, whatever the number of batches", () => {
    for (const mode of ["alternating", "simultaneous"] as const) {
      for (const [discriminatorSteps, generatorSteps] of [
        [1, 1],
        [3, 2],
        [1, 4],
      ] as const) {
        for (let step = 0; step < 8; step++) {
          const updates = { mode, discriminatorSteps, generatorSteps };
          const each = (player: "discriminator" | "generator", phases: readonly Phase[]) =>
            phases
              .filter((phase) => phase[player] && phase.moves)
              .map(({ penalties }) =>
                penalties.filter((name) => ["both", player].includes(terms[name as "r1"].player)),
              );
          for (const player of ["discriminator", "generator"] as const) {
            const one = each(player, planStep(updates, terms, step));
            expect(each(player, planStep({ ...updates, accumulate: 4 }, terms, step))).toEqual(one);
          }
        }
      }
    }
  });

  it("has a program for each kind of phase: who takes part, and whether they move", () => {
    const keys = (updates: Partial<Updates>) =>
      new Set(
        planStep({ mode: "alternating", discriminatorSteps: 1, generatorSteps: 1, ...updates }, {}, 0).map(phaseKey),
      ).size;
    expect(keys({})).toBe(1);
    expect(keys({ accumulate: 5 })).toBe(4);
    expect(keys({ accumulate: 5, mode: "simultaneous" })).toBe(2);
  });
});
