import { describe, expect, it } from "vitest";
import { applyChanges, configChanges, undoChanges } from "./changes.ts";
import { parseConfig } from "./config.ts";

const config = (more: object = {}) => parseConfig({ data: { source: "ring" }, model: "mlp", ...more });

describe("changes of a config", () => {
  it("name keys, with both values and null for what is left out", () => {
    const before = config({ penalties: ["l2"], replay: {} });
    const after = config({ batch: 32, penalties: [] });
    expect(configChanges(before, after)).toEqual([
      { key: "batch", from: 64, to: 32 },
      { key: "penalties.0.every", from: 1, to: null },
      { key: "penalties.0.lambda", from: 1e-4, to: null },
      { key: "penalties.0.name", from: "l2", to: null },
      { key: "penalties.0.player", from: "discriminator", to: null },
      { key: "replay.capacity", from: 16, to: null },
      { key: "replay.share", from: 0.5, to: null },
    ]);
    expect(configChanges(before, before)).toEqual([]);
  });

  const all = [
    config(),
    config({ steps: 100, ema: { enabled: false }, updates: { unroll: {} } }),
    config({ images: 5000, penalties: ["r1", "l1", "l2", "orthogonal"], packing: 2 }),
    config({ penalties: ["l2"], topK: {}, reconstructor: {}, metrics: { list: "fid" } }),
    config({ penalties: ["lecam", "r2"], augment: ["apa"], objective: "hinge" }),
    config({ optimizer: { generator: { name: "sgd", clip: { norm: 1 } }, discriminator: { optimistic: true } } }),
    config({ objective: { name: "least-squares", realLabel: 0.9 }, instanceNoise: { sigma: 0.1 } }),
  ];

  it("lead from each of two configs to the other, and back, and no further", () => {
    for (const before of all) {
      for (const after of all) {
        const changes = configChanges(before, after);
        expect(applyChanges(before, changes)).toEqual(after);
        expect(applyChanges(after, changes)).toEqual(after);
        expect(undoChanges(after, changes)).toEqual(before);
        expect(undoChanges(before, changes)).toEqual(before);
      }
    }
  });
});
