import { describe, expect, it } from "vitest";
import { EVERY, FACTS, LOOKS, training } from "../../../tests/support/histories.ts";
import type { History } from "../history.ts";
import { findPlateau, plateauText } from "./plateau.ts";

/** A training whose looks see this energy distance at each, counted from 1, and bins that are as they should be. */
function seeing(energyAt: (look: number) => number, more: Partial<History> = {}): History {
  let count = 0;
  const found = training({
    look: ({ values }) => {
      const energy = energyAt(++count);
      Object.assign(values, { "energy/samples": energy, "energy/average": energy, "bins/different": 0.05 });
    },
  });
  return { ...found, ...more };
}

/** Far from reals for ten looks, and then as near as chance brings reals. */
const good = (look: number) => (look < 10 ? 0.2 : 0.004);

describe("a plateau by looks", () => {
  it("is a fifth of the training without a gain; by chance one fifth is a little better than the one before", () => {
    const since = [70, 75, 80, 85, 90, 95, 100].map((looks) => findPlateau(training({ looks })));
    const found = since.filter((plateau) => plateau !== null);
    expect(found.length).toBeGreaterThan(0);
    for (const { since, judged } of found) {
      expect(since).toBeLessThanOrEqual(80 * EVERY);
      expect(judged).toBe(false);
    }
    expect(findPlateau(training({ looks: 15 }))).toBeNull();
    expect(findPlateau(training({ facts: { steps: null } }))).toBeNull();
  });

  it("begins where looks of a tenth of the training together were better for the last time", () => {
    // The mean of ten looks has no bad one in it from the twentieth on.
    expect(findPlateau(seeing(good))!.since / EVERY).toBe(19);
    // A gain of two standard deviations of a look (0.004) is within chance for one, and not for ten.
    const later = findPlateau(seeing((look) => (look < 50 ? 0.02 : 0.012) - (look < 10 ? -0.2 : 0)))!;
    expect(later.since / EVERY).toBeGreaterThan(50);
    expect(later.since / EVERY).toBeLessThan(60);
  });

  it("is none while every look is a little better, by less than chance", () => {
    const nearing = (until: number) => seeing((look) => (look < 10 ? 0.2 : 0.012 - 0.0001 * Math.min(look, until)));
    expect(findPlateau(nearing(LOOKS))).toBeNull();
    expect(findPlateau(nearing(LOOKS / 2))!.since / EVERY).toBeLessThan(LOOKS / 2);
  });
});

describe("a plateau by metrics", () => {
  /** Ten evaluations of a figure, and looks that see nothing. */
  const judged = (name: string, values: readonly number[], figures?: History["facts"]["figures"]): History => {
    const every = (EVERY * LOOKS) / values.length;
    const metrics = values.map((value, i) => ({ step: (i + 1) * every, images: 0, values: { [name]: value } }));
    return seeing(good, { metrics, facts: { ...FACTS, ...(figures && { figures }) } });
  };
  const falling = Array.from({ length: 10 }, (_, i) => 4 * 0.8 ** i);

  it("is none while a figure gets better that is known by its name, or of which the log says which values are good", () => {
    expect(findPlateau(judged("fid-10k-x", falling))).toBeNull();
    expect(findPlateau(judged("modes/kl-with-rest", falling))?.judged).toBe(false);
    expect(findPlateau(judged("modes/kl-with-rest", falling, { "modes/kl-with-rest": "small" }))).toBeNull();
    const rising = falling.map((value) => 1 / value);
    const worse = findPlateau(judged("modes/kl-with-rest", rising, { "modes/kl-with-rest": "small" }));
    expect(worse).toEqual({ since: 950, judged: true });
    expect(findPlateau(judged("modes", rising, { modes: "large" }))).toBeNull();
    // Good near 1, from either side.
    expect(
      findPlateau(
        judged("modes/spread", [3, 2.5, 2, 1.6, 1.4, 1.3, 1.2, 1.1, 1.05, 1.02], { "modes/spread": { near: 1 } }),
      ),
    ).toBeNull();
    const shrinking = [1.9, 1.1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];
    expect(findPlateau(judged("modes/spread", shrinking, { "modes/spread": { near: 1 } }))!.since).toBe(1000);
  });

  it("does not take for gains what is chance in an estimate around 0", () => {
    const noise = [0.3, -0.5, 0.1, 0.6, -0.2, -0.6, 0.01, 0.4, -0.3, 0.2, -0.45, 0.5, 0.005, -0.1, 0.55, -0.4, 0.002];
    const kid = [0.02, 0.01, 0.004, ...noise.map((x) => 5e-4 * x)];
    for (const figures of [undefined, { "kid-1k-x": { near: 0 } }] as const) {
      const { since } = findPlateau(judged("kid-1k-x", kid, figures))!;
      expect(since).toBeLessThanOrEqual(1250);
    }
  });

  it("goes by no name where the log says which values are good", () => {
    expect(findPlateau(judged("slope-fid_net", falling, { other: "small" }))!.judged).toBe(false);
  });

  it("says that metrics saw it, too", () => {
    const flat = findPlateau(judged("fid-10k-x", [9, 3, 3, 3, 3, 3, 3, 3, 3, 3]))!;
    expect(flat).toEqual({ since: 1000, judged: true });
    expect(plateauText(flat)).toBe("samples have not become better since step 1000, by looks and metrics");
    expect(plateauText({ ...flat, judged: false })).toMatch(/since step 1000, as far as looks can tell; metrics see/);
  });
});
