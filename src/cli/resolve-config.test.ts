/** @file Flags about health become keys of the config. */

import { expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { resolveConfig } from "./resolve-config.ts";

const ring = { preset: "mlp", data: "ring" };
const healthOf = async (flags: object) => {
  const { config } = await resolveConfig(undefined, { ...ring, ...flags }, ".");
  return "health" in config ? config.health : undefined;
};

it("says what is measured, what follows a failure, and when to stop", async () => {
  expect(await healthOf({})).toMatchObject({ probes: "standard", remedy: "suggest", stopAtPlateau: false });
  expect(await healthOf({ probes: "light" })).toMatchObject({ probes: "light", remedy: "suggest" });
  const flags = { remedy: "auto", stopWhenHealthyPlateau: true, set: ["health.every=7"] };
  expect(await healthOf(flags)).toMatchObject({ probes: "standard", remedy: "auto", stopAtPlateau: true, every: 7 });
});

it("refuses what there is not, by its key", async () => {
  await expect(healthOf({ probes: "lots" })).rejects.toThrow(ConfigError);
  await expect(healthOf({ probes: "lots" })).rejects.toThrow(/health\.probes/);
  await expect(healthOf({ remedy: "yes" })).rejects.toThrow(/health\.remedy/);
});
