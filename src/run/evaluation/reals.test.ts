import { describe, expect, it } from "vitest";
import { type Config, parseConfig } from "../../config/config.ts";
import { ConfigError } from "../../util/errors.ts";
import { findReals, usualHeldOut } from "./reals.ts";

/** Samples without a run. */
const array = undefined;

const runOn = (data: object, seed = 5): Config =>
  parseConfig({ data, seed, model: "mlp", optimizer: { generator: "adam", discriminator: "adam" } });

describe("the reals that judge", () => {
  it("are a run's own data, as it was trained on them, and their test set", () => {
    const { reference, heldOut } = findReals(runOn({ source: "mnist", size: 32 }), { seed: 0 });
    expect(reference).toMatchObject({ source: "mnist", options: { size: 32, seed: 5 } });
    expect(heldOut).toEqual({ source: "mnist-test", options: { size: 32, seed: 5 } });
  });

  it("are another draw, where the data are drawn", () => {
    for (const source of ["ring", "grid", "spiral", "two-clusters", "five-gaussians", "stacked-mnist"]) {
      for (const seed of [0, 1, 7]) {
        const other = usualHeldOut({ source, options: { seed } });
        expect(other!.source).toBe(source);
        expect(other!.options.seed).not.toBe(seed);
      }
    }
    const own = findReals(array, { reference: "ring", heldOut: "ring", seed: 3 });
    expect(own.heldOut!.options.seed).not.toBe(own.reference.options.seed);
  });

  it("must be named for samples, and unseen ones must be others", () => {
    expect(() => findReals(array, { seed: 0 })).toThrow(ConfigError);
    expect(() => findReals(array, { reference: "x.npy", heldOut: "x.npy", seed: 0 })).toThrow(/is the reference/);
    expect(findReals(array, { reference: "x.npy", seed: 0 }).heldOut).toBeUndefined();
  });

  it("have the size that is asked for, else that of the run's data", () => {
    const run = runOn({ source: "mnist", size: 32 });
    expect(findReals(run, { reference: "x.npy", seed: 0 }).reference.options.size).toBe(32);
    expect(findReals(run, { reference: "x.npy", data: { size: 16 }, seed: 0 }).reference.options.size).toBe(16);
  });
});
