import { expect, it } from "vitest";
import { EVERY, SHARES, training } from "../../../tests/support/histories.ts";
import { diagnose } from "../diagnoses.ts";
import { setsOutAt } from "../evidence/motion.ts";
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

/** Samples that are as alike as at initialisation, of a generator that moves by so much of its size in a step, from a share of the training on. */
const alike = (update: number, from = 0) =>
  training({
    look: (look) =>
      Object.assign(look.values, {
        ...{ "diversity/samples": 0.1, "diversity/features": 0.1, "scale/samples": 0.1 },
        ...{ "energy/samples": 0.6, "auc/fake": 0.95 },
      }),
    tick: (values, t) => {
      values["update/generator"] = t < from ? 1e-6 : update;
    },
  });

const upToLook = (history: History, count: number): History => {
  const looks = history.looks.slice(0, count);
  const { step } = looks.at(-1)!;
  return { ...history, looks, scalars: history.scalars.filter((tick) => tick.step <= step) };
};

it("samples as alike as at initialisation have not collapsed before the generator has gone 0.3 of its length", () => {
  // 5,000 steps: 0.3 is reached at look 30, at step 1,500.
  const slow = alike(2e-4);
  expect(codesIn(upToLook(slow, 28)).join()).not.toContain("mode-collapse");
  expect(codesIn(upToLook(slow, 32)).join()).toContain("mode-collapse: failing");
});

it("nothing is stalled while a generator that moves late has not had 15 % of the training since it set out", () => {
  const late = alike(1e-3, 0.5);
  // It stands still at first, which is said; from step 2,500 on it moves, and has gone 0.3 at step 2,800.
  expect(codesIn(upToLook(late, 40)).join()).toContain("stalled: failing");
  expect(codesIn(upToLook(late, 70)).join()).not.toContain("stalled");
  expect(codesIn(upToLook(late, 80)).join()).toContain("stalled: failing");
  // At this pace it never will: that is standing still. At the next it will, too late to be waited for.
  for (const pace of [2e-5, 6.5e-5]) expect(codesIn(upToLook(alike(pace), 85)).join()).toContain("stalled: failing");
});

it("a generator whose rate rises from next to nothing is not standing still", () => {
  const rising = training({
    look: (look) =>
      Object.assign(look.values, { "energy/samples": 0.6, "scale/samples": 0.1, "diversity/samples": 0.1 }),
    tick: (values, t) => {
      values["update/generator"] = 2e-6 * 100 ** (t / 0.6);
    },
  });
  for (const looks of [10, 20, 40]) expect(codesIn(upToLook(rising, looks)).join()).not.toContain("stalled");
});

it("a move counts as often as it is made in a step", () => {
  const history = upToLook(alike(2e-4), 20);
  const often = { ...history, facts: { ...history.facts, moves: { generator: 5, discriminator: 1 } } };
  expect(setsOutAt(history, "generator")).toBeCloseTo(1500, 6);
  expect(setsOutAt(often, "generator")).toBeCloseTo(300, 6);
});

it("a collapse counts from when samples were on their way: what was alike before is a beginning", () => {
  const begun = training({
    look: (look, t) => {
      const count = Math.round(t * 99);
      const [scale, energy] = count < 12 ? [0.3, 0.9] : [0.6, 0.3];
      Object.assign(look.values, {
        ...{ "diversity/samples": 0.4, "diversity/features": 0.4, "duplicates/samples": 0 },
        ...{ "scale/samples": scale, "energy/samples": energy },
      });
    },
  });
  expect(codesIn(upToLook(begun, 14)).join()).not.toContain("mode-collapse: failing");
  expect(codesIn(upToLook(begun, 20)).join()).toContain("mode-collapse: failing");
});

it("what swings and never was good has not regressed", () => {
  const swinging = (best: number) =>
    training({
      look: (look, t) => {
        if (t > 0.2) Object.assign(look.values, { "energy/samples": t < 0.4 ? best : 0.6 });
      },
    });
  const course = (best: number) => ({
    ...swinging(best),
    looks: swinging(best).looks.filter(({ step }) => step > 1000),
  });
  expect(codesIn(course(0.3)).join()).not.toContain("quality-regression");
  expect(codesIn(course(0.1)).join()).toContain("quality-regression: failing");
});

it("samples as far apart as reals are no collapse because some have twins", () => {
  const twins = (share: number) =>
    training({ look: (look) => Object.assign(look.values, { "duplicates/samples": share }) });
  expect(codesIn(twins(0.4))).toEqual([]);
  expect(codesIn(twins(0.7))).toEqual(["mode-collapse: failing"]);
});

it("samples that are bad and go from kind to kind wander, and have not stalled", () => {
  const wandering = (kinds: number) =>
    training({
      look: (look, t) => {
        Object.assign(look.values, { "energy/samples": 0.5, "diversity/samples": 0.8, "diversity/features": 0.8 });
        const at = Math.round(t * 99) % kinds;
        look.vectors["bins/fake"] = SHARES.map((_, k) => (k % kinds === at ? Math.round((256 * kinds) / 20) : 0));
      },
    });
  expect(codesIn(wandering(1)).join()).toContain("stalled: failing");
  expect(codesIn(wandering(4)).join()).not.toContain("stalled");
});
