import { expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { parseConfig } from "./config.ts";

const base = { data: { source: "ring" }, model: "mlp", steps: 10 } as const;

it("applies remedies by itself only where probes can see failures", () => {
  const blind = { ...base, health: { probes: "off", remedy: "auto" } };
  expect(() => parseConfig(blind)).toThrow(ConfigError);
  expect(() => parseConfig(blind)).toThrow(/health.probes is off/);
  expect(parseConfig({ ...base, health: { remedy: "auto" } }).health.probes).toBe("standard");
  expect(parseConfig({ ...base, health: { probes: "off" } }).health.remedy).toBe("suggest");
  expect(() => parseConfig({ ...base, health: { probes: "off", stopAtPlateau: true } })).toThrow(/probes see when/);
});

it("keeps reals apart only where something looks at them: a metric, or the probes", () => {
  const apart = { ...base, metrics: { heldOut: "ring" } };
  expect(parseConfig(apart).metrics.heldOut).toBe("ring");
  expect(() => parseConfig({ ...apart, health: { probes: "off" } })).toThrow(
    /no metric of metrics.list looks at reals/,
  );
  const copying = { ...base, metrics: { heldOut: "ring", list: "copying" }, health: { probes: "off" } };
  expect(parseConfig(copying).metrics.heldOut).toBe("ring");
});

it("judges the moving average only where one is kept", () => {
  const judged = { ...base, ema: { enabled: false }, metrics: { list: "fid", weights: "ema" } };
  expect(() => parseConfig(judged)).toThrow(/no moving average to judge/);
  expect(parseConfig({ ...judged, metrics: { list: "fid", weights: "raw" } }).metrics.weights).toBe("raw");
});
