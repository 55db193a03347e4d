import { describe, expect, it } from "vitest";
import { nodeBackend } from "../../../backend/onnx/node.ts";
import { parseConfig } from "../../../config/config.ts";
import { mergeConfig, presetConfig, setKey } from "../../../config/layers.ts";
import { ConfigError, DataError, GantryError, ShapeError } from "../../../util/errors.ts";
import { packError, unpackError } from "../worker-protocol.ts";
import { prepareJudging, prepareTraining } from "./prepare.ts";

const backend = await nodeBackend({ threads: 1 });
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

/** Everything that happens before a run directory is made. */
async function prepareAll(raw: object) {
  const config = parseConfig({ ...ring, ...raw });
  const judging = await prepareJudging(config, await prepareTraining(config), backend);
  await judging.judge?.release();
  return judging;
}

describe("the best checkpoint", () => {
  const best = (scalar: string, mode?: string) => ({ checkpoint: { best: { scalar, ...(mode && { mode }) } } });
  const list = { metrics: { list: "prdc,modes,fid", samples: 30 } };

  it("is refused by what nothing measures, with the nearest name", async () => {
    await expect(prepareAll(best("loss/genrator"))).rejects.toThrow(/loss\/generator/);
    await expect(prepareAll({ ...list, ...best("prdc/densty") })).rejects.toThrow(/"prdc\/densty"/);
    await expect(prepareAll(best("fid"))).rejects.toThrow(/nothing is called "fid"/);
  });

  it.each([
    ["loss/generator", "loss/generator", "min", "scalars"],
    ["fid", "fid-30-points", "min", "metrics"],
    ["fid-30-points", "fid-30-points", "min", "metrics"],
    ["prdc", "prdc-30-points", "max", "metrics"],
    ["prdc/coverage", "prdc-30-points", "max", "metrics"],
    ["prdc/density", "prdc-30-points/density", "max", "metrics"],
    ["prdc-30-points/density", "prdc-30-points/density", "max", "metrics"],
    ["modes/reverse-kl", "modes-30/reverse-kl", "min", "metrics"],
  ])("by %s is by %s, %s", async (scalar, figure, mode, among) => {
    expect((await prepareAll({ ...list, ...best(scalar) })).best).toEqual({ figure, mode, among });
    const other = mode === "min" ? "max" : "min";
    expect((await prepareAll({ ...list, ...best(scalar, other) })).best).toEqual({ figure, mode: other, among });
  });

  it("by a figure that is good near a number is by the nearest", async () => {
    expect((await prepareAll({ ...list, ...best("modes/spread") })).best).toMatchObject({ mode: { near: 1 } });
    expect((await prepareAll({ ...list, ...best("modes/spread", "max") })).best).toMatchObject({ mode: "max" });
  });

  it("by a figure none of whose values are good in themselves needs a mode", async () => {
    const copying = { metrics: { list: "copying", samples: 30 } };
    const figure = "copying/authenticity";
    await expect(prepareAll({ ...copying, ...best(figure) })).rejects.toThrow(/checkpoint.best: no values of copying/);
    expect((await prepareAll({ ...copying, ...best(figure, "max") })).best).toMatchObject({ mode: "max" });
  });
});

it("another draw of a drawn source is what the generator has not seen", async () => {
  const { judge } = await prepareAll({ metrics: { list: "copying,duality-gap" } });
  expect(judge!.metrics.map(({ row }) => row)).toEqual(["copying", "duality-gap"]);
});

describe("metrics that cannot be computed are refused", () => {
  it.each<[string, object, RegExp]>([
    ["unknown ones", { metrics: { list: "fdi" } }, /Did you mean "fid"/],
    ["listed twice", { metrics: { list: ["fid", { name: "fid", shrinkage: 0.1 }] } }, /"fid" is listed twice/],
    ["of images, for points", { metrics: { list: "ms-ssim" } }, /ms-ssim needs images/],
    ["of classes, without a classifier", { metrics: { list: "classifier-score" } }, /needs class probabilities/],
    ["with unknown features", { metrics: { list: "fid", features: "point" } }, /Did you mean "points"/],
    ["with features of images", { metrics: { list: "fid", features: "random_conv" } }, /do not fit points/],
    [
      "with too few samples",
      { metrics: { list: "fid", samples: 2 } },
      /2 samples cannot determine the covariance of 2/,
    ],
    [
      "with too few reals",
      { data: { source: "ring", count: 2 }, batch: 2, metrics: { list: "fid" } },
      /2 reals cannot/,
    ],
    [
      "of as many samples as reals",
      { metrics: { list: "sliced-wasserstein", samples: 65 } },
      /65 samples and 64 reals/,
    ],
    [
      "of no average",
      { ema: { enabled: false }, metrics: { list: "fid", weights: "ema" } },
      /metrics.weights: there is no/,
    ],
    [
      "with unseen reals for nothing",
      { metrics: { list: "fid", heldOut: "ring" }, health: { probes: "off" } },
      /metrics.heldOut: no metric/,
    ],
    [
      "with unseen reals of another shape",
      { metrics: { list: "copying", heldOut: "two-clusters" } },
      /points of \[1\]/,
    ],
  ])("%s", async (_, raw, message) => {
    await expect(prepareAll(raw)).rejects.toThrow(GantryError);
    await expect(prepareAll(raw)).rejects.toThrow(message);
  });

  it("and the others are not", async () => {
    const { judge } = await prepareAll({ metrics: { list: "copying,modes,kid", samples: 40, heldOut: "ring" } });
    expect(judge!.metrics.map(({ name }) => name)).toEqual(["copying-40-points", "modes-40", "kid-40-points"]);
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
