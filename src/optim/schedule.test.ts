import { describe, expect, it } from "vitest";
import { type Schedule, scheduleFactor } from "./schedule.ts";

describe("scheduleFactor", () => {
  const table: readonly [Schedule, readonly [images: number, factor: number][]][] = [
    [
      { kind: "constant" },
      [
        [0, 1],
        [500, 1],
        [1000, 1],
        [5000, 1],
      ],
    ],
    [
      { kind: "linear" },
      [
        [0, 1],
        [250, 0.75],
        [1000, 0],
        [2000, 0],
      ],
    ],
    [
      { kind: "linear", final: 0.2 },
      [
        [0, 1],
        [500, 0.6],
        [1000, 0.2],
        [3000, 0.2],
      ],
    ],
    [
      { kind: "cosine" },
      [
        [0, 1],
        [250, 0.5 + Math.SQRT1_2 / 2],
        [500, 0.5],
        [1000, 0],
        [1500, 0],
      ],
    ],
    [
      { kind: "cosine", final: 0.1 },
      [
        [0, 1],
        [500, 0.55],
        [1000, 0.1],
      ],
    ],
    [
      { kind: "exponential" },
      [
        [0, 1],
        [500, 0.1],
        [1000, 0.01],
        [4000, 0.01],
      ],
    ],
    [
      { kind: "exponential", final: 0.25 },
      [
        [0, 1],
        [500, 0.5],
        [1000, 0.25],
      ],
    ],
    [
      { kind: "constant", warmup: 200 },
      [
        [0, 0],
        [50, 0.25],
        [200, 1],
        [1000, 1],
      ],
    ],
    [
      { kind: "linear", warmup: 500 },
      [
        [0, 0],
        [250, 0.5 * 0.75],
        [500, 0.5],
        [1000, 0],
      ],
    ],
    [{ kind: "constant", warmup: 0 }, [[0, 1]]],
  ];

  it.each(table)("follows %j", (schedule, points) => {
    for (const [images, factor] of points) expect(scheduleFactor(schedule, images, 1000)).toBeCloseTo(factor, 12);
  });

  it("counts images: another batch size passes through the same values", () => {
    const at = (batch: number, step: number) => scheduleFactor({ kind: "cosine" }, batch * step, 64_000);
    expect(at(64, 500)).toBe(at(32, 1000));
  });

  it("is finite for an empty training", () => {
    for (const kind of ["constant", "linear", "cosine", "exponential"] as const) {
      expect(Number.isFinite(scheduleFactor({ kind }, 0, 0))).toBe(true);
    }
  });
});
