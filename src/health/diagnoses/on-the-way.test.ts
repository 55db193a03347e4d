/** Samples that are bad and getting better: they are watched, and called a failure only when they stay as they are. */
import { describe, expect, it } from "vitest";
import { LOOKS, randomOf, SHARES, training } from "../../../tests/support/histories.ts";
import { modeCollapse } from "./mode-collapse.ts";
import { modeDropping } from "./mode-dropping.ts";
import { oscillation } from "./oscillation.ts";

const LAST = LOOKS - 1;
/** The number of a look, from its share of the training. */
const lookAt = (t: number): number => Math.round(t * LAST);

describe("fakes that were all alike for half of the training", () => {
  /** How different they are, and how far from reals, at the look that is so many before the last. */
  const alike = (ends: (before: number) => readonly [different: number, far: number]) =>
    modeCollapse.decide(
      training({
        look: ({ values }, t) => {
          if (t < 0.5) return;
          const [different, far] = ends(LAST - lookAt(t));
          Object.assign(values, {
            "diversity/samples": different,
            "diversity/features": different,
            "energy/samples": far,
          });
        },
      }),
    );

  it("and differ more from look to look, and come nearer to reals, are on their way out of it", () => {
    expect(alike((before) => (before > 1 ? [0.13, 0.5] : [0.29 - 0.1 * before, 0.3 + 0.1 * before]))).toMatchObject({
      level: "watch",
    });
  });

  it.each([
    ["differ a little more", [0.13, 0.15, 0.18]],
    ["differ twice as much as next to nothing", [0.01, 0.02, 0.03]],
    ["differed more a look ago", [0.13, 0.3, 0.29]],
  ] as const)("and %s, and come nearer, are not", (_, last) => {
    const level = alike((before) => (before > 2 ? [0.1, 0.5] : [last[2 - before]!, 0.3 + 0.1 * before]))?.level;
    expect(level).toBe("failing");
  });

  it("and differ more for the moment, but come no nearer, are not", () => {
    expect(alike((before) => (before > 1 ? [0.13, 0.5] : [0.29 - 0.1 * before, 0.5]))).toMatchObject({
      level: "failing",
    });
  });
});

describe("kinds of reals that are missing", () => {
  /** The share that is missing by a look, of which the first so many bins hold none of the fakes. */
  const dropping = (missing: (look: number) => number) =>
    modeDropping.decide(
      training({
        look: ({ values, vectors }, t) => {
          if (t < 0.3) return;
          vectors["bins/fake"] = SHARES.map((share, k) => (k < 6 ? 0 : Math.round(400 * share)));
          values["bins/missing"] = missing(lookAt(t));
        },
      }),
    );

  it("are a failure when they stay so many, however noisy their share is", () => {
    expect(dropping(() => 0.3)).toMatchObject({ level: "failing" });
    const random = randomOf(4);
    const levels = Array.from({ length: 20 }, () => dropping(() => 0.3 + 0.03 * random.normal())?.level);
    expect(levels.filter((level) => level === "failing").length).toBeGreaterThanOrEqual(17);
  });

  it("are watched while they become fewer, be it so slowly that ten looks do not show it", () => {
    expect(dropping((look) => 0.6 * 0.985 ** (look - 30))).toMatchObject({ level: "watch" });
  });
});

describe("kinds that come and go", () => {
  /** How far samples are from reals at the last look. */
  const swinging = (last: number) =>
    oscillation.decide(
      training({
        look: ({ values, vectors }, t) => {
          vectors["bins/fake"] = SHARES.map((share, k) => {
            const isThere = Math.sin(80 * t + (k < 10 ? 0 : Math.PI)) > 0;
            return Math.round(400 * share * (isThere ? 2 : 0.02));
          });
          values["energy/samples"] = lookAt(t) === LAST ? last : 0.2;
        },
      }),
    );

  it("are a failure, unless samples have just come nearer to reals than ever", () => {
    expect(swinging(0.2)).toMatchObject({ level: "failing" });
    expect(swinging(0.15)).toBeNull();
  });
});
