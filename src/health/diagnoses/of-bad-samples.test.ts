import { expect, it } from "vitest";
import { EVERY, training } from "../../../tests/support/histories.ts";
import { diagnose } from "../diagnoses.ts";
import type { History } from "../history.ts";

const codesIn = (history: History) => diagnose(history).findings.map(({ code, level }) => `${code}: ${level}`);

it("a collapse that a training is growing out of is no failure; but it is watched, and not called healthy", () => {
  const grown = training({
    look: (look, t) => {
      // From all alike to as different as reals, over a third of the training.
      const way = Math.max(0, Math.min(1, (t - 0.1) / 0.3));
      Object.assign(look.values, {
        "diversity/samples": 0.04 + 0.96 * way,
        "diversity/features": 0.04 + 0.96 * way,
        "duplicates/samples": 0,
        "scale/samples": 0.04 + 0.96 * way,
        "energy/samples": 1 - 0.98 * way,
      });
    },
  });
  const upTo = (share: number) => ({ ...grown, looks: grown.looks.filter(({ step }) => step <= share * 100 * EVERY) });
  expect(diagnose(upTo(0.2), { warm: true }).findings).toMatchObject([{ code: "mode-collapse", level: "watch" }]);
  expect(codesIn(upTo(0.35))).toEqual([]);
  expect(codesIn(grown)).toEqual([]);
});

it("one sample drawn again and again that comes nearer to reals and goes away again is no young training", () => {
  const circling = training({
    look: (look, t) =>
      Object.assign(look.values, {
        "diversity/samples": 0.04,
        "duplicates/samples": 1,
        "scale/samples": 0.07,
        "energy/samples": 0.8 + 0.15 * Math.cos((2 * Math.PI * Math.round(t * 99)) / 20),
      }),
  });
  const ends = Array.from({ length: 70 }, (_, i) => 30 + i);
  const levels = ends.map((looks) => {
    const { findings } = diagnose({ ...circling, looks: circling.looks.slice(0, looks) });
    return findings.find(({ code }) => code === "mode-collapse")?.level;
  });
  expect(new Set(levels)).toEqual(new Set(["failing"]));
});

it("samples that now one number tells from reals and now another have no fault of the data", () => {
  const told = (every: number) =>
    training({
      look: (look, t) => {
        const isFirst = Math.round(t * 99) % every === 0;
        const tells = { "tell/minimum": isFirst ? 1 : 0.8, "tell/border": isFirst ? 0.8 : 1 };
        Object.assign(look.values, { ...tells, "auc/fake": 1, "energy/samples": 0.6 });
      },
    });
  expect(codesIn(told(2)).join()).not.toContain("data-fault");
  expect(codesIn(told(1)).join()).toContain("data-fault");
});
