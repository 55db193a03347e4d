import { describe, expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { trialConfig } from "./benchmark-config.ts";
import { describeChanges, headingOf, refuseOwnKeys, unchangedName } from "./changes.ts";
import type { TrainingProtocol } from "./protocol.ts";
import { findProtocol } from "./protocols.ts";
import { findRecipe } from "./recipes.ts";

describe("changes as text", () => {
  it("are none where nothing was changed", () => {
    expect(describeChanges({})).toBeUndefined();
    expect(describeChanges({ set: [] })).toBeUndefined();
  });

  it("name the length first, and do not depend on the order in which they were given", () => {
    const text = "steps=60, batch=16, data.source=grid";
    expect(describeChanges({ steps: 60, set: ["data.source=grid", "batch=16"] })).toBe(text);
    expect(describeChanges({ set: ["batch=16", "steps=60", "data.source=grid"] })).toBe(text);
  });

  it("name only what the last assignment leaves standing", () => {
    expect(describeChanges({ steps: 60, set: ["steps=90"] })).toBe("steps=90");
    expect(describeChanges({ set: ["model.width=8", "model={name: mlp}"] })).toBe("model={name: mlp}");
    expect(describeChanges({ set: ["model={name: mlp}", "model.width=8"] })).toBe("model={name: mlp}, model.width=8");
    expect(describeChanges({ set: ["data.path=a=b"] })).toBe("data.path=a=b");
  });
});

it("a heading is the protocol's name, with its changes where they are recorded", () => {
  expect(headingOf({ protocol: "gantry-12k" })).toBe("gantry-12k");
  expect(headingOf({ protocol: "gantry-12k (changed)" })).toBe("gantry-12k (changed)");
  expect(headingOf({ protocol: "gantry-12k (changed)", changes: "steps=60" })).toBe("gantry-12k (changed: steps=60)");
  expect(unchangedName("gantry-12k (changed)")).toBe("gantry-12k");
});

describe("keys that a benchmark sets itself", () => {
  const ring = findProtocol("ring") as TrainingProtocol;
  it.each([
    "seed=5",
    "threads=2",
    "device=webgpu",
    "log.every=3",
    "samples.count=4",
    "metrics.every=5",
    "checkpoint.keep=2",
  ])("refuse %s, which would have no effect", (assignment) => {
    const config = () => trialConfig(ring, findRecipe("gan"), { trial: 0, changes: { set: [assignment] } });
    expect(config).toThrow(ConfigError);
    expect(config).toThrow(/sets ".*" itself/);
  });

  it("leave all others", () => {
    expect(() => refuseOwnKeys({ steps: 3, set: ["batch=16", "data.source=grid"] })).not.toThrow();
  });
});
