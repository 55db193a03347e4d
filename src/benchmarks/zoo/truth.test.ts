import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../health/codes.ts";
import type { Observation } from "./observation.ts";
import { isGood, judgeTruth, type Seen, type Truth } from "./truth.ts";

const FLOOR = { held: 0.8, quality: 0.4 };

const GOOD: Omit<Observation, "step"> = {
  finite: true,
  quality: 0.8,
  held: 1,
  reached: 1,
  shares: [0.25, 0.25, 0.25, 0.25],
  dispersion: 1,
  apart: 0.9,
  moved: 0.1,
  copying: 1,
  aucFake: 0.7,
  aucUnseen: 0.5,
};

/** Ten looks, 100 steps apart; `change` says what is otherwise at a look, from 0 on. */
const looks = (change: (look: number) => Partial<Observation>): Observation[] =>
  Array.from({ length: 10 }, (_, look) => ({ ...GOOD, step: 100 * (look + 1), ...change(look) }));

const judge = (observations: readonly Observation[], more: Partial<Seen> = {}): Truth =>
  judgeTruth(
    {
      observations,
      gradients: looks(() => ({})).map(({ step }) => ({ step, generator: 1, discriminator: 1 })),
      reals: { quality: 0.98, held: 1 },
      brokeAt: null,
      ...more,
    },
    FLOOR,
  );

const codes = ({ found }: Truth): FailureCode[] => found.map(({ code }) => code);

describe("what the oracle calls a failure", () => {
  it("calls a run healthy that ends well, however it began", () => {
    const slow = judge(looks((look) => (look < 8 ? { quality: 0.05, held: 0, aucFake: 1 } : {})));
    expect(slow).toEqual({ outcome: "healthy", found: [], onset: null });
  });

  it("tells what failed for more than a quarter of the training, and ended well, from a bad beginning", () => {
    const bad = { quality: 0.05, held: 0 };
    const alike = { quality: 0.05, held: 0, reached: 0.1, dispersion: 0.1 };
    const until = (end: number) => judge(looks((look) => (look < end ? alike : {}))).outcome;
    expect([1, 2, 3, 6].map(until)).toEqual(["healthy", "healthy", "recovered", "recovered"]);
    const swinging = (end: number) =>
      judge(looks((look) => (look < end ? { ...bad, shares: look % 2 ? [1, 0] : [0, 1] } : {}))).outcome;
    expect([2, 6].map(swinging)).toEqual(["healthy", "recovered"]);
    // Samples that have not left their beginning are alike there.
    const still = looks((look) => (look < 6 ? { ...alike, moved: look === 0 ? null : 0.01 } : {}));
    expect(judge(still).outcome).toBe("healthy");
    // Samples that are only bad, however long, are young.
    expect(judge(looks((look) => (look < 8 ? bad : {}))).outcome).toBe("healthy");
  });

  it("does not decide where the end is good once and bad once", () => {
    expect(judge(looks((look) => (look === 9 ? { quality: 0.1 } : {}))).outcome).toBe("unclear");
    expect(judge(looks((look) => (look === 8 ? { quality: 0.1 } : {}))).outcome).toBe("unclear");
  });

  it("does not decide between the floor and 80 % of it", () => {
    const ending = (share: number) =>
      judge(looks(() => ({ quality: share * FLOOR.quality, held: Math.min(1, share * FLOOR.held) }))).outcome;
    expect([0.7, 0.79, 0.81, 0.99, 1.01].map(ending)).toEqual(["failing", "failing", "unclear", "unclear", "healthy"]);
  });

  it("has such a band beside every limit that a healthy run must keep away from", () => {
    const ending = (end: Partial<Observation>) => judge(looks((look) => (look > 7 ? end : {}))).outcome;
    expect([0.5, 0.51, 0.62, 0.63].map((copying) => ending({ copying }))).toEqual([
      "failing",
      "unclear",
      "unclear",
      "healthy",
    ]);
    expect([0.05, 0.051, 0.062, 0.063].map((apart) => ending({ apart }))).toEqual([
      "failing",
      "unclear",
      "unclear",
      "healthy",
    ]);
    expect([0.25, 0.26, 0.31, 0.32].map((dispersion) => ending({ dispersion }))).toEqual([
      "failing",
      "unclear",
      "unclear",
      "healthy",
    ]);
    // Nobody can copy where it is not asked whether anybody does.
    expect(ending({ copying: null })).toBe("healthy");
  });

  it("calls a run failing without a name where it did not get good and nothing says why", () => {
    expect(judge(looks(() => ({ quality: 0.1, held: 0 })))).toEqual({ outcome: "failing", found: [], onset: 100 });
  });

  const cases: readonly [FailureCode, number, Observation[], Partial<Seen>?][] = [
    ["mode-collapse", 600, looks((look) => (look >= 5 ? { reached: 0.25, held: 0.25 } : {}))],
    ["mode-collapse", 600, looks((look) => (look >= 5 ? { apart: 0.02 } : {}))],
    ["mode-dropping", 400, looks((look) => (look >= 3 ? { reached: 0.6, held: 0.5 } : {}))],
    ["memorization", 700, looks((look) => (look >= 6 ? { copying: 0.2 } : {}))],
    ["discriminator-overfitting", 500, looks((look) => (look >= 4 ? { aucUnseen: 0.9, quality: 0.2 } : {}))],
    ["quality-regression", 800, looks((look) => (look >= 7 ? { quality: 0.2 } : {}))],
    ["discriminator-underfitting", 100, looks(() => ({ quality: 0, held: 0, aucFake: 0.3 }))],
    ["stalled", 100, looks((look) => ({ quality: 0, held: 0, moved: look === 0 ? null : 0.001 }))],
    ["data-fault", 0, looks(() => ({ quality: 0, held: 0 })), { reals: { quality: 0.1, held: 0.2 } }],
    ["numerical-divergence", 1000, looks(() => ({})), { brokeAt: 1000 }],
    [
      "oscillation",
      200,
      looks((look) => ({ quality: 0.2, held: 0.4, shares: look % 2 === 0 ? [0.8, 0.2, 0, 0] : [0, 0, 0.2, 0.8] })),
    ],
    [
      "vanishing-gradient",
      300,
      looks(() => ({ quality: 0, held: 0, aucFake: 1 })),
      { gradients: looks(() => ({})).map(({ step }, i) => ({ step, generator: i < 2 ? 1 : 1e-3, discriminator: 1 })) },
    ],
    [
      "exploding-gradient",
      800,
      looks(() => ({ quality: 0, held: 0 })),
      { gradients: looks(() => ({})).map(({ step }, i) => ({ step, generator: 1, discriminator: i < 7 ? 1 : 500 })) },
    ],
  ];

  it.each(cases)("finds %s, since step %i", (code, onset, observations, more) => {
    const truth = judge(observations, more);
    expect(truth.outcome).toBe("failing");
    expect(codes(truth)).toContain(code);
    expect(truth.found.find((found) => found.code === code)?.onset).toBe(onset);
  });

  it("takes no gradient for an exploding one that was long at the beginning alone, or is gone", () => {
    const bad = looks(() => ({ quality: 0, held: 0 }));
    const norms = (generator: (tick: number) => number) =>
      Array.from({ length: 100 }, (_, tick) => ({
        step: 10 * (tick + 1),
        generator: generator(tick),
        discriminator: 1,
      }));
    const found = (generator: (tick: number) => number) => codes(judge(bad, { gradients: norms(generator) }));
    expect(found((tick) => (tick === 0 ? 1 : 1e-4))).not.toContain("exploding-gradient");
    expect(found(() => 0)).not.toContain("exploding-gradient");
    expect(found((tick) => (tick < 60 ? 0 : 1))).not.toContain("exploding-gradient");
    expect(found((tick) => (tick < 60 ? 0.01 : 2))).toContain("exploding-gradient");
    expect(found((tick) => (tick < 60 ? 0.01 : Number.MAX_VALUE))).toContain("exploding-gradient");
  });

  it("does not call it collapse that samples which never moved lie close together", () => {
    const truth = judge(looks((look) => ({ quality: 0, held: 0, dispersion: 0.1, moved: look === 0 ? null : 0.001 })));
    expect(codes(truth)).toEqual(["stalled"]);
  });

  it("does not call it standing still that samples are no numbers", () => {
    const none = { finite: false, quality: null, held: null, reached: null, moved: null };
    const truth = judge(looks((look) => (look >= 3 ? none : {})));
    expect(codes(truth)).toEqual(["numerical-divergence", "quality-regression"]);
    // At the look after them, how far samples moved is not known either.
    const after = judge(looks((look) => ({ quality: 0, held: 0, ...(look === 3 && none), moved: null })));
    expect(codes(after)).toEqual(["numerical-divergence"]);
  });

  it("calls a run healthy whose discriminator knows the reals by heart, as long as samples are good", () => {
    expect(judge(looks(() => ({ aucUnseen: 0.9 })))).toEqual({ outcome: "healthy", found: [], onset: null });
  });

  it("does not hold it against the discriminator that it tells faulty reals from clean ones", () => {
    const truth = judge(
      looks(() => ({ aucUnseen: 1 })),
      { reals: { quality: 0.1, held: 0.2 } },
    );
    expect(codes(truth)).toEqual(["data-fault"]);
  });

  it("does not ask for modes that the training reals lack", () => {
    const few = { reals: { quality: 0.98, held: 0.5 } };
    expect(
      judge(
        looks(() => ({ held: 0.5, reached: 0.5 })),
        few,
      ).outcome,
    ).toBe("healthy");
    expect(
      codes(
        judge(
          looks(() => ({ held: 0.25, reached: 0.25 })),
          few,
        ),
      ),
    ).toEqual(["mode-dropping"]);
  });

  it("needs a gradient that vanished and a discriminator that is sure", () => {
    const gradients = looks(() => ({})).map(({ step }, i) => ({ step, generator: i < 2 ? 1 : 1e-3, discriminator: 1 }));
    expect(
      codes(
        judge(
          looks(() => ({ quality: 0, held: 0, aucFake: 0.8 })),
          { gradients },
        ),
      ),
    ).toEqual([]);
    // A healthy run that has come to rest has small gradients, too.
    expect(
      judge(
        looks(() => ({ aucFake: 1 })),
        { gradients },
      ).outcome,
    ).toBe("healthy");
  });

  it("asks all of a good sample set: modes, quality, and that samples differ", () => {
    const seen = (change: Partial<Observation>) => isGood({ ...GOOD, step: 1, ...change }, FLOOR);
    expect(seen({})).toBe(true);
    for (const change of [{ held: 0.7 }, { quality: 0.3 }, { apart: 0.04 }, { dispersion: 0.2 }, { finite: false }]) {
      expect(seen(change)).toBe(false);
    }
  });
});
