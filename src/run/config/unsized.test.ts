import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { presetConfig } from "../../config/layers.ts";
import { ConfigError } from "../../util/errors.ts";
import { layConfig, settleConfig } from "./unsized.ts";

describe("layConfig", () => {
  it("completes a config over a preset that does not look at the data", () => {
    const config = layConfig("mlp", { batch: 32 }, ["penalties.r1.gamma=3"]);
    expect(config).toEqual(parseConfig({ ...presetConfig("mlp"), batch: 32, penalties: [{ name: "r1", gamma: 3 }] }));
    expect(layConfig(undefined, { data: { source: "ring" }, model: "mlp" })).toHaveProperty("optimizer");
  });

  it("keeps the layers of one that does", () => {
    const layers = { preset: "recommended", layer: { batch: 32 }, set: ["seed=3"] };
    expect(layConfig(layers.preset, layers.layer, layers.set)).toEqual(layers);
  });

  it("notices a typo", () => {
    expect(() => layConfig("recomended", {})).toThrow('unknown preset "recomended". Did you mean "recommended"?');
  });
});

describe("a preset that is sized from the data", () => {
  it("wants a description when it is asked for without data", () => {
    expect(() => presetConfig("recommended")).toThrow(ConfigError);
    expect(presetConfig("recommended", { kind: "points", shape: [2], count: 10 })).toMatchObject({
      preset: "recommended",
      model: { name: "mlp" },
    });
  });
});

describe("settleConfig", () => {
  const settle = async (layer: object, ...set: string[]) => settleConfig(layConfig("recommended", { ...layer }, set));

  it("loads the data that the layers name, and sizes the config from them", async () => {
    const { config, dataset } = await settle(
      { data: { source: "ring" } },
      "data.source=grid",
      "data.count=300",
      "seed=5",
    );
    expect(dataset).toMatchObject({ name: "grid", count: 300 });
    expect(config).toMatchObject({ preset: "recommended", seed: 5, data: { source: "grid", count: 300 } });
    expect(config.model.name).toBe("mlp");
    const [other] = [await settle({ data: { source: "grid", count: 300 } })];
    expect([...dataset!.data.subarray(0, 4)]).not.toEqual([...other.dataset!.data.subarray(0, 4)]);
  });

  it("takes digits where no data are named", async () => {
    const { config, dataset } = await settle({ data: { size: 16 } }, "data.limit=100");
    expect(config.data).toMatchObject({ source: "mnist", size: 16, limit: 100 });
    expect(dataset).toMatchObject({ shape: [1, 16, 16], count: 100 });
    expect(config.penalties).toMatchObject([{ name: "r1", gamma: { from: 0.25 } }, { name: "r2" }]);
  });

  it("lets layers and assignments win over what it chose", async () => {
    const data = { source: "ring", count: 64 };
    const { config } = await settle({ data, images: 640, batch: 32 }, "penalties.r2.gamma=7", "model.width=8");
    expect(config).toMatchObject({ images: 640, steps: null, batch: 32, model: { name: "mlp", width: 8 } });
    expect(config.penalties).toMatchObject([
      { name: "r1", gamma: { to: 0.1 } },
      { name: "r2", gamma: 7 },
    ]);
    const changed = await settle({ data, model: "tutorial" }, "optimizer.generator.name=sgd").then((x) => x.config);
    expect(changed.model).toEqual({ name: "tutorial", latent: 100, base: 64 });
    expect(changed.optimizer.generator).toMatchObject({ name: "sgd", lr: 2e-4 });
  });

  it("gives a complete config, which is never sized again", async () => {
    const { config } = await settle({ data: { source: "ring", count: 64 } });
    const saved = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
    expect(parseConfig(saved)).toEqual(config);
    expect(await settleConfig(parseConfig({ ...saved, data: { source: "does not exist" } }))).not.toHaveProperty(
      "dataset",
    );
  });

  it("refuses what is wrong about the data before it looks for them", async () => {
    await expect(settle({ data: { source: "ring", sizes: 3 } })).rejects.toThrow('unknown key "data.sizes"');
    await expect(settle({ data: { source: "ring", count: 64 }, bacth: 3 })).rejects.toThrow('unknown key "bacth"');
  });
});
