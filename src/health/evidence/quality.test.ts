import { describe, expect, it } from "vitest";
import { training } from "../../../tests/support/histories.ts";
import { median } from "../../util/averages.ts";
import { emptyHistory, type Point } from "../history.ts";
import { distanceOfDrawn, gainsLately, isStuck, lastGain, qualities, regression } from "./quality.ts";
import { autocorrelation, improves, improvesSlowly, period, smoothed } from "./trends.ts";
import { hasRisen, isWarm } from "./warm-up.ts";

const points = (values: readonly number[]): Point[] => values.map((value, step) => ({ step, images: step, value }));

describe("a regression", () => {
  const of = (values: readonly number[], floor = 0) =>
    regression({ signal: "fid", points: points(values), turned: false, told: ({ value }) => value, floor }, 1.5);

  it("is the points at the end that are all too far from the best before them", () => {
    expect(of([100, 20, 10, 12, 16, 18, 20])).toMatchObject({ best: { step: 2 }, first: { step: 4 }, count: 3 });
    expect(of([100, 20, 10, 16, 12, 18, 20])).toMatchObject({ first: { step: 5 }, count: 2 });
    expect(of([100, 20, 10, 12, 14])).toBeNull();
    expect(of([5, 6])).toBeNull();
    expect(of([])).toBeNull();
  });

  it("does not follow from multiples of nothing", () => {
    expect(of([1, 0.001, 0.004, 0.004, 0.004], 0.05)).toBeNull();
    expect(of([1, -0.001, 0.2, 0.2, 0.2], 0.05)).toMatchObject({ count: 3 });
  });

  it.each(["fid-infinity-5k-x", "kid-1k-x", "kid50k_full"])(
    "of %s is seen from a best of nothing, or less; and none in its noise",
    (signal) => {
      const seen = (values: readonly number[]) => {
        const metrics = values.map((value, step) => ({ step, images: 0, values: { [signal]: value } }));
        const [quality] = qualities({ ...emptyHistory(), metrics });
        return regression(quality!, 1.5)?.count ?? 0;
      };
      const good = [2, 1, 0.5, 0.05, -0.02, 0.03, -0.01, 0.02, 0];
      expect(seen([...good, 0.9, 1, 1.2])).toBe(3);
      expect(seen([...good, 0.03, 0.02, 0.035])).toBe(0);
    },
  );

  it("sees figures of which large is good as well", () => {
    const readings = [0.2, 0.8, 0.4].map((value, step) => ({ step, images: 0, values: { recall: value } }));
    const [quality] = qualities({ ...emptyHistory(), metrics: readings });
    expect(quality).toMatchObject({ signal: "recall", turned: true });
    expect(regression(quality!, 1.5)).toMatchObject({ count: 1 });
  });
});

describe("trends", () => {
  it("improve when five points are a tenth below the five before", () => {
    expect(improves(points([1, 1, 1, 1, 1, 0.8, 0.8, 0.8, 0.8, 0.8]))).toBe(true);
    expect(improves(points([1, 1, 1, 1, 1, 0.95, 0.95, 0.95, 0.95, 0.95]))).toBe(false);
    expect(improves(points([1, 0.5, 0.2]))).toBe(false);
    // A fall of 1.5 % from point to point: 7 % over five of them, 11 % over eight.
    const slow = points(Array.from({ length: 20 }, (_, i) => 0.985 ** i));
    expect(improves(slow)).toBe(false);
    expect(improvesSlowly(slow)).toBe(true);
    expect(improvesSlowly(slow.slice(0, 6))).toBe(false);
  });

  it("have a last gain", () => {
    expect(lastGain(points([10, 8, 8, 7.9, 5, 6]), 0.02)?.step).toBe(4);
    expect(lastGain(points([10, 9.9, 9.85]), 0.02)?.step).toBe(0);
    expect(lastGain([], 0.02)).toBeUndefined();
    const falls = points([10, 8, 7.9, 9]);
    expect([1, 2, 3, 4].map((count) => gainsLately(falls, 0.1, count))).toEqual([false, false, true, true]);
    expect(gainsLately([], 0.1, 3)).toBe(false);
  });

  it("are smoothed by medians of three", () => {
    expect(smoothed(points([1, 9, 2, 3])).map(({ value, step }) => [step, value])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(median([])).toBeNaN();
    expect(median([3, 1, 2, 10])).toBe(2.5);
  });

  it("come round: a wave does, with its period; a drift and a constant do not", () => {
    const wave = Array.from({ length: 40 }, (_, t) => [
      Math.sin((2 * Math.PI * t) / 8),
      Math.cos((2 * Math.PI * t) / 8),
    ]);
    expect(period(wave)).toEqual({ lag: 8, peak: expect.closeTo(1, 6) });
    expect(period(Array.from({ length: 40 }, () => [1]))).toBeNull();
    const drift = period(Array.from({ length: 40 }, (_, t) => [t]));
    expect(drift === null || drift.peak < 0).toBe(true);
    expect(autocorrelation(wave)).toHaveLength(20);
  });
});

describe("warm-up", () => {
  it("of a good training is over when samples vary and have come nearer", () => {
    const looks = Array.from({ length: 20 }, (_, i) => isWarm(training({ looks: i + 1 })));
    expect(looks[0]).toBe(false);
    expect(looks.at(-1)).toBe(true);
    expect(looks).toEqual([...looks].sort((a, b) => Number(a) - Number(b)));
  });

  it("of one that never varies ends after a tenth of it, and has not risen", () => {
    const grey = (looks: number) =>
      training({ looks, look: ({ values }) => Object.assign(values, { "scale/samples": 0.1, "energy/samples": 0.5 }) });
    expect(isWarm(grey(9))).toBe(false);
    expect(isWarm(grey(10))).toBe(true);
    expect(hasRisen(grey(100))).toBe(false);
    expect(isWarm({ ...grey(9), facts: { ...grey(9).facts, steps: null } })).toBe(false);
    expect(isWarm({ ...grey(10), facts: { ...grey(10).facts, steps: null } })).toBe(true);
    // A very long training is not waited for: thirty looks are enough.
    expect(isWarm({ ...grey(29), facts: { ...grey(29).facts, steps: 1e7 } })).toBe(false);
    expect(isWarm({ ...grey(30), facts: { ...grey(30).facts, steps: 1e7 } })).toBe(true);
  });
});

describe("what is stuck", () => {
  it("is far from reals, and gets no nearer", () => {
    const far = training({ look: ({ values }) => Object.assign(values, { "energy/samples": 0.4 }) });
    expect(isStuck(far)).toBe(true);
    expect(isStuck(training())).toBe(false);
    expect(isStuck(emptyHistory())).toBeNull();
  });
});

describe("the distance of what draws", () => {
  it("is the median of three looks, of the average where one is kept, and no less than chance", () => {
    const of = (values: readonly (readonly [samples: number, average?: number])[]) =>
      distanceOfDrawn({
        ...training(),
        looks: values.map(([samples, average], step) => ({
          step,
          images: step,
          values: { "energy/samples": samples, ...(average !== undefined && { "energy/average": average }) },
        })),
      });
    expect(of([[0.5], [0.4]])).toBeUndefined();
    expect(of([[9], [0.5], [0.1], [0.4]])).toBe(0.4);
    // One look after a collapse is enough to be no best.
    expect(of([[0.1], [0.1], [0.9]])).toBe(0.9);
    expect(
      of([
        [0.5, 0.2],
        [0.4, 0.3],
        [0.6, 0.1],
      ]),
    ).toBe(0.2);
    expect(of([[-0.1], [-0.2], [-0.3]])).toBe(0.004);
  });
});
