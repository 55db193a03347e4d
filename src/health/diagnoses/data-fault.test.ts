import { describe, expect, it } from "vitest";
import { training } from "../../../tests/support/histories.ts";
import { diagnose } from "../diagnoses.ts";

/** Samples of the usual size among reals that are seventy times as large. */
const small = { "energy/samples": 0.95, "scale/samples": 0.014, "diversity/samples": 0.02, "auc/fake": 1 };

const points = (realScale: number, change: (t: number) => Readonly<Record<string, number>>, looks?: number) =>
  diagnose(
    training({
      facts: { kind: "points", realScale },
      look: ({ values }, t) => Object.assign(values, change(t)),
      ...(looks !== undefined && { looks }),
    }),
    { warm: true },
  ).findings.map(({ code, level, explainedBy }) => [code, level, explainedBy]);

describe("points of a size that networks do not make", () => {
  it("are the cause of what else is wrong with the samples", () => {
    const findings = points(70, () => small);
    expect(findings[0]).toEqual(["data-fault", "failing", null]);
    expect(findings.length).toBeGreaterThan(1);
    for (const [code, , explainedBy] of findings.slice(1)) expect(explainedBy, String(code)).toBe("data-fault");
  });

  it("may be far too small as well", () => {
    expect(points(0.001, () => ({ "energy/samples": 0.9, "scale/samples": 80 }))[0]).toEqual([
      "data-fault",
      "failing",
      null,
    ]);
  });

  it("are only watched in the first looks, and while the generator is on its way to them", () => {
    expect(points(70, () => small, 6)).toContainEqual(["data-fault", "watch", null]);
    const nearing = points(
      70,
      (t) => ({ "energy/samples": 0.95 * Math.exp(-4 * t), "scale/samples": 0.1 + 0.9 * t }),
      40,
    );
    expect(nearing).toContainEqual(["data-fault", "watch", null]);
    expect(points(70, () => ({}))).toEqual([]);
  });

  it("are told from reals of the usual size, of which such samples say something else", () => {
    const findings = points(1, () => small);
    expect(findings.map(([code]) => code)).not.toContain("data-fault");
    expect(findings[0]).toMatchObject([expect.any(String), "failing", null]);
  });
});

describe("a trivial number that tells fakes from reals at every look", () => {
  const told = (energy: (t: number) => number, tells: Readonly<Record<string, number>> = { "tell/minimum": 1 }) =>
    diagnose(
      training({
        look: ({ values }, t) => {
          Object.assign(values, { "auc/fake": 1, ...tells });
          values["energy/samples"] = energy(t);
        },
      }),
    ).findings.map(({ code, level }) => `${level} ${code}`);
  const held = (t: number) => 0.15 + 0.4 * Math.exp(-20 * t);

  it("is a fault where samples get no nearer than it lets them", () => {
    expect(told(held)).toContain("failing data-fault");
  });

  it.each(["tell/extremes", "tell/levels", "tell/border"])(
    "is watched where it is %s, which good trainings have too",
    (signal) => {
      expect(told(held, { [signal]: 1 })).toContain("watch data-fault");
      expect(told(held, { [signal]: 1 })).not.toContain("failing data-fault");
      // One that they have not is told before it, though it tells a little less.
      expect(told(held, { [signal]: 1, "tell/minimum": 0.995 })).toContain("failing data-fault");
    },
  );
});
