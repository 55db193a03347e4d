import { describe, expect, it } from "vitest";
import { ConfigError, DataError, ShapeError } from "../../util/errors.ts";
import { parseConfig } from "../config/config.ts";
import { mergeConfig, presetConfig, setKey } from "../config/layers.ts";
import { prepareTraining } from "./prepare.ts";
import { packError, unpackError } from "./worker-protocol.ts";

const ring = { data: { source: "ring", count: 64 }, model: "mlp", batch: 16, steps: 8 };

describe("prepareTraining", () => {
  it("sums up what will be trained", async () => {
    const { summary } = await prepareTraining(parseConfig(ring));
    expect(summary).toMatchObject({
      steps: 8,
      images: 128,
      epochs: 2,
      parameters: { generator: 17_154, discriminator: 17_025 },
      data: { name: "ring", kind: "points", count: 64, shape: [2] },
    });
  });

  it("refuses to mirror points", async () => {
    const config = parseConfig({ ...ring, data: { source: "ring", mirror: true } });
    await expect(prepareTraining(config)).rejects.toThrow(ConfigError);
  });

  it("refuses a batch larger than the data, naming both", async () => {
    await expect(prepareTraining(parseConfig({ ...ring, batch: 65 }))).rejects.toThrow(/64 samples.*65/);
  });
});

describe("the best checkpoint", () => {
  it("is refused by a scalar that nothing measures, with the nearest name", async () => {
    const config = parseConfig({ ...ring, checkpoint: { best: { scalar: "loss/genrator" } } });
    await expect(prepareTraining(config)).rejects.toThrow(/loss\/generator/);
  });
});

describe("configs as users write them", () => {
  it("takes options without a name as those of the usual row", () => {
    const config = parseConfig({ ...ring, optimizer: { generator: { lr: 0.5 } } });
    expect(config.optimizer.generator).toMatchObject({ name: "adam", lr: 0.5, beta1: 0.5 });
  });

  it("sets steps of something else than the training", () => {
    const raw = setKey(presetConfig("dcgan"), "optimizer.generator.lookahead.steps=7");
    const config = parseConfig(setKey(raw, "optimizer.generator.lookahead.share=0.25"));
    expect(config.optimizer.generator.lookahead).toEqual({ steps: 7, share: 0.25 });
    expect(config.images).toBe(350_000);
  });

  it("sets an option of a penalty that was given as a word", () => {
    const raw = setKey(setKey(mergeConfig(presetConfig("mlp"), {}), "penalties=r1,r2"), "penalties.r2.gamma=0.5");
    expect(parseConfig(raw).penalties).toMatchObject([{ name: "r1" }, { name: "r2", gamma: 0.5 }]);
  });
});

describe("errors between threads", () => {
  it.each([ConfigError, DataError, ShapeError])("keep their class: %o", (Kind) => {
    const error = unpackError(structuredClone(packError(new Kind("what", { help: "do this" }))));
    expect(error).toBeInstanceOf(Kind);
    expect(error).toMatchObject({ message: "what", help: "do this", exitCode: new Kind("").exitCode });
  });

  it("of no class of ours stay plain", () => {
    const error = unpackError(structuredClone(packError(new TypeError("x is not a function"))));
    expect(error.constructor).toBe(Error);
    expect(error.stack).toContain("prepare.test.ts");
  });
});
