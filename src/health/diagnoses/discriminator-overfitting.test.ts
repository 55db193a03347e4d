import { describe, expect, it } from "vitest";
import { training } from "../../../tests/support/histories.ts";
import { discriminatorOverfitting } from "./discriminator-overfitting.ts";

/** A training on few reals, which the discriminator knows by heart from half-way on, and samples that are so unlike reals then. */
const byHeart = (energy: (since: number) => number, known: Readonly<Record<string, number>> = {}) =>
  discriminatorOverfitting.decide(
    training({
      look: ({ values }, t) => {
        if (t < 0.5) return;
        Object.assign(values, { "auc/held-out": 0.99, "overfit/gap": 0.9, ...known });
        values["energy/samples"] = energy(t - 0.5);
      },
    }),
  );

describe("a discriminator that knows its reals by heart", () => {
  it("is a failure when samples come away from reals, long before they are far from them", () => {
    expect(byHeart((since) => 0.02 + 0.14 * since)).toMatchObject({ level: "failing" });
  });

  it("is none while samples are as near as they were, or come nearer", () => {
    expect(byHeart(() => 0.02)).toBeNull();
    expect(byHeart((since) => 0.025 - 0.02 * since)).toBeNull();
  });

  it("is none while samples that came away are still so near that nobody would see it", () => {
    expect(byHeart((since) => 0.012 + 0.04 * since)).toBeNull();
  });

  it("is none until they have been away for five looks", () => {
    // At so many looks, each the median of three.
    const away = (looks: number) => byHeart((since) => (since > 0.5 - (looks + 0.5) / 99 ? 0.06 : 0.02));
    expect([away(4), away(6)]).toMatchObject([null, { level: "failing" }]);
  });

  it("says nothing of samples that come away from reals where unseen reals are scored like the others", () => {
    expect(byHeart((since) => 0.02 + 0.12 * since, { "auc/held-out": 0.53, "overfit/gap": 0.02 })).toBeNull();
  });

  it("names the signal that shows it, what it was at its best and what it is", () => {
    const found = byHeart((since) => 0.02 + 0.14 * since);
    const row = found?.evidence.find(({ signal }) => signal === "energy/samples");
    expect(row?.value).toBeGreaterThan(0.07);
    expect(row?.value).toBeLessThan(0.1);
    expect(row?.says).toMatch(/^samples are [45]\.\d+ times as far from reals as at step 2\d{3}$/);
  });
});
