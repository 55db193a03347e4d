import { describe, expect, it } from "vitest";
import { randomOf, training } from "../../../tests/support/histories.ts";
import type { History } from "../history.ts";
import { explodingGradient } from "./exploding-gradient.ts";

/** Ticks without looks, as of another trainer's log: gradients of sizes that `size` says, with noise. */
function ticks(seed: number, size: (t: number) => number): History {
  const { normal } = randomOf(seed);
  const known = training({
    tick: (values, t) => {
      values["gradient/generator"] = size(t) * Math.exp(0.3 * normal());
      values["gradient/discriminator"] = size(t) * Math.exp(0.3 * normal());
    },
  });
  return { ...known, looks: [] };
}

const seeds = Array.from({ length: 30 }, (_, seed) => seed);

describe("growth without end", () => {
  it("is found while it goes on", () => {
    for (const seed of seeds) {
      const found = explodingGradient.decide(ticks(seed, (t) => 10 ** (4 * t)));
      expect(found, `${seed}`).toMatchObject({ level: "failing" });
    }
  });

  it("is none where gradients have long stopped growing, whatever the noise of the last ticks", () => {
    const levels = seeds.map(
      (seed) => explodingGradient.decide(ticks(seed, (t) => 10 ** (4 * Math.min(1, 4 * t))))?.level,
    );
    expect(levels).not.toContain("failing");
  });
});

it("early growth is no alarm while too few looks have shown how samples are", () => {
  const young = (looks: number) =>
    training({
      looks,
      look: ({ values }) => Object.assign(values, { "energy/samples": 0.5 }),
      tick: (values, t) => {
        if (t > 0.053) values["gradient/discriminator"]! *= 30 * Math.exp((t - 0.053) * 200);
      },
    });
  expect(explodingGradient.decide(young(7))).toBeNull();
  // With another look it is known that they do not get better.
  expect(explodingGradient.decide(young(9))).not.toBeNull();
});
