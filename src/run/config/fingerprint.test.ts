import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { configDifferences, fingerprint } from "./fingerprint.ts";

const base = { data: { source: "ring" }, model: { name: "mlp", width: 8 }, penalties: ["r1"], steps: 100 };
const of = (more: object = {}) => fingerprint(parseConfig({ ...base, ...more }));
const cosine = { optimizer: { generator: { name: "adam", schedule: { kind: "cosine" } } } };

describe("fingerprint", () => {
  it("is the same for ever: checkpoints hold it", () => {
    expect(of()).toMatchInlineSnapshot(`"5f32de869875781766a9008f2609ab90bc4098719a6d425b129bf7c5d23b7f4e"`);
  });

  it("does not depend on the order of keys or on what is written out", () => {
    const other = { steps: 100, penalties: [{ every: 1, name: "r1", gamma: 1 }], model: { width: 8, name: "mlp" } };
    expect(fingerprint(parseConfig({ ...other, batch: 64, data: { source: "ring" } }))).toBe(of());
  });

  it.each<[string, object]>([
    ["seed", { seed: 1 }],
    ["batch", { batch: 65 }],
    ["data", { data: { source: "ring", limit: 50 } }],
    ["mirroring", { data: { source: "ring", mirror: true } }],
    ["model option", { model: { name: "mlp", width: 9 } }],
    ["objective", { objective: "minimax" }],
    ["penalty option", { penalties: [{ name: "r1", gamma: 2 }] }],
    ["order of penalties", { penalties: ["r2", "r1"] }],
    ["learning rate", { optimizer: { discriminator: { name: "adam", lr: 1e-3 } } }],
    ["clipping", { optimizer: { generator: { name: "adam", clip: { norm: 1 } } } }],
    ["schedule", cosine],
    ["update mode", { updates: { mode: "simultaneous" } }],
    ["accumulation", { updates: { accumulate: 2 } }],
    ["unrolling", { updates: { unroll: {} } }],
    ["update ratio", { updates: { discriminatorSteps: 2 } }],
    ["moving average", { ema: { halfLife: 20_000 } }],
  ])("changes with the %s", (_, more) => {
    expect(of(more)).not.toBe(of());
  });

  it.each<[string, object]>([
    ["log", { log: { every: 3 } }],
    ["samples", { samples: { count: 9 } }],
    ["checkpoints", { checkpoint: { every: 3, best: { scalar: "loss/generator" } } }],
    ["metrics", { metrics: { list: "fid,kid", every: 7, samples: 99 } }],
    ["device", { device: "webgpu" }],
    ["threads", { threads: 3 }],
    ["preset", { preset: "mlp" }],
    ["length", { steps: 200 }],
    ["length in images", { steps: null, images: 5000 }],
  ])("does not change with the %s", (_, more) => {
    expect(of(more)).toBe(of());
  });

  const ramp = { from: 1, to: 0.1 };
  it.each<[string, object]>([
    ["a learning rate", cosine],
    ["a penalty", { penalties: [{ name: "r1", gamma: ramp }] }],
    ["a moment of Adam", { optimizer: { discriminator: { name: "adam", beta2: { from: 0.9, to: 0.99 } } } }],
    ["the moving average", { ema: { halfLife: { from: 10, to: 1000 } } }],
    ["instance noise", { instanceNoise: { sigma: 0.1 } }],
  ])("changes with the length where %s counts towards the end", (_, more) => {
    expect(of({ ...more, steps: 200 })).not.toBe(of(more));
  });

  it.each<[string, object]>([
    ["penalty's weight", { penalties: [{ name: "r1", gamma: { from: 1, to: 0.1 } }] }],
    ["optimiser's decay", { optimizer: { generator: { name: "adam", beta2: { from: 0.9, to: 0.99 } } } }],
    ["half-life", { ema: { halfLife: { from: 500, to: 5000 } } }],
    ["instance noise", { instanceNoise: { sigma: 0.1 } }],
  ])("changes with the length where a %s moves towards the end", (_, more) => {
    expect(of({ ...more, steps: 200 })).not.toBe(of(more));
    expect(of({ ...more, threads: 2 })).toBe(of(more));
  });
});

describe("configDifferences", () => {
  const differences = (a: object, b: object) =>
    configDifferences(parseConfig({ ...base, ...a }), parseConfig({ ...base, ...b }));

  it("names what differs, with both values", () => {
    expect(differences({}, { batch: 32, data: { source: "grid", limit: 7 } })).toEqual([
      "batch: 64 -> 32",
      "data.limit: absent -> 7",
      'data.source: "ring" -> "grid"',
    ]);
    expect(differences({ penalties: ["r1", "l2"] }, {})).toEqual([
      "penalties.1.every: 1 -> absent",
      "penalties.1.lambda: 0.0001 -> absent",
      'penalties.1.name: "l2" -> absent',
      'penalties.1.player: "discriminator" -> absent',
    ]);
  });

  it("is silent about what does not matter", () => {
    expect(differences({}, { steps: 7, threads: 2, log: { every: 1 }, preset: "mlp" })).toEqual([]);
    expect(differences(cosine, { ...cosine, steps: 7 })).toEqual(["steps: 100 -> 7"]);
  });

  it("finds a difference exactly where fingerprints differ", () => {
    const list = [{}, { batch: 3 }, { seed: 2 }, { threads: 1 }, { penalties: [] }, { model: "mlp" }, cosine];
    for (const a of list) {
      for (const b of list) expect(differences(a, b).length > 0).toBe(of(a) !== of(b));
    }
  });
});
