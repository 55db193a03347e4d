import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { mergeConfig, presetConfig, presets, setKey } from "./layers.ts";

describe("presets", () => {
  it("are found by name, and a typo is noticed", () => {
    expect(presetConfig("dcgan")).toBe(presets.dcgan);
    expect(() => presetConfig("tutorail")).toThrow('unknown preset "tutorail". Did you mean "tutorial"?');
    expect(() => presetConfig("constructor")).toThrow('unknown preset "constructor"');
  });

  it.each(Object.keys(presets))("take a layer over a part of %s", (name) => {
    const { optimizer } = parseConfig(setKey(presetConfig(name), "optimizer.generator.lr=0.5"));
    expect(optimizer.generator).toMatchObject({ name: "adam", lr: 0.5 });
  });

  it("hold the article's settings in the tutorial", () => {
    const { optimizer, updates, model, objective } = parseConfig(presetConfig("tutorial"));
    expect(model).toEqual({ name: "tutorial", latent: 100, base: 64 });
    expect(objective).toMatchObject({ name: "non-saturating", realLabel: 1, fakeLabel: 0, flip: 0 });
    expect(updates.mode).toBe("simultaneous");
    for (const player of ["generator", "discriminator"] as const) {
      expect(optimizer[player]).toMatchObject({ name: "adam", lr: 1e-4, beta1: 0.5, beta2: 0.999, epsilon: 1e-7 });
    }
  });
});

describe("mergeConfig", () => {
  it("merges records key by key and replaces everything else", () => {
    const base = { batch: 64, data: { source: "mnist", size: 32 }, penalties: [{ name: "r1" }] };
    const over = { data: { size: 64 }, penalties: [{ name: "r2" }], seed: 1 };
    expect(mergeConfig(base, over)).toEqual({
      batch: 64,
      data: { source: "mnist", size: 64 },
      penalties: [{ name: "r2" }],
      seed: 1,
    });
  });

  it("changes neither layer", () => {
    const [base, over] = [{ data: { source: "mnist" } }, { data: { size: 3 } }];
    mergeConfig(base, over);
    expect([base, over]).toEqual([{ data: { source: "mnist" } }, { data: { size: 3 } }]);
  });

  it("replaces a choice of another name with all its options, and keeps them under the same name", () => {
    const base = { optimizer: { generator: { name: "adam", lr: 1e-4, beta1: 0 }, discriminator: { name: "adam" } } };
    expect(mergeConfig(base, { optimizer: { generator: { name: "sgd" } } })).toEqual({
      optimizer: { generator: { name: "sgd" }, discriminator: { name: "adam" } },
    });
    expect(mergeConfig(base, { optimizer: { generator: { name: "adam", lr: 1 } } })).toEqual({
      optimizer: { generator: { name: "adam", lr: 1, beta1: 0 }, discriminator: { name: "adam" } },
    });
  });

  it("lets a length in steps replace one in images, and the other way round", () => {
    expect(mergeConfig({ images: 100 }, { steps: 5 })).toEqual({ images: null, steps: 5 });
    expect(mergeConfig({ steps: 5 }, { images: 100 })).toEqual({ images: 100, steps: null });
    expect(mergeConfig({ images: 100 }, { batch: 5 })).toEqual({ images: 100, batch: 5 });
    // Both in one layer is an error that parseConfig reports.
    expect(mergeConfig({}, { images: 100, steps: 5 })).toEqual({ images: 100, steps: 5 });
  });

  it("passes over what is undefined, and keeps null", () => {
    expect(mergeConfig({ batch: 64, images: 9 }, { batch: undefined, images: null })).toEqual({
      batch: 64,
      images: null,
    });
  });

  it("gives a valid config from preset, file and flags", () => {
    const config = [{ batch: 32 }, { model: { name: "mlp" } }, { steps: 9 }].reduce(mergeConfig, presetConfig("dcgan"));
    expect(parseConfig(config)).toMatchObject({
      batch: 32,
      model: { name: "mlp", width: 128 },
      steps: 9,
      images: null,
    });
  });
});

describe("setKey", () => {
  const config = {
    model: "dcgan",
    optimizer: { generator: { name: "adam", lr: 1e-4, beta1: 0 } },
    penalties: ["r1", { name: "l2", lambda: 3 }],
    metrics: { list: "fid,prdc" },
    images: 100,
  };

  it.each<[string, object]>([
    ["batch=32", { batch: 32 }],
    ["data.source=mnist", { data: { source: "mnist" } }],
    ["data.mirror=true", { data: { mirror: true } }],
    ["data.source=a=b", { data: { source: "a=b" } }],
    ["images=null", { images: null }],
    ["steps=5", { steps: 5, images: null }],
    ["data.source=", { data: { source: "" } }],
    ['data.source="12"', { data: { source: "12" } }],
    ["seed=1e3", { seed: 1000 }],
    ["optimizer.generator.lr=1e-3", { optimizer: { generator: { name: "adam", lr: 1e-3, beta1: 0 } } }],
    ["optimizer.generator.name=adam", { optimizer: { generator: { name: "adam", lr: 1e-4, beta1: 0 } } }],
    ["optimizer.discriminator.lr=2", { optimizer: { ...config.optimizer, discriminator: { lr: 2 } } }],
    ['optimizer.generator={"name":"sgd"}', { optimizer: { generator: { name: "sgd" } } }],
    ["model.base=16", { model: { name: "dcgan", base: 16 } }],
    ["model=mlp", { model: "mlp" }],
    [
      "penalties.0.gamma=2",
      {
        penalties: [
          { name: "r1", gamma: 2 },
          { name: "l2", lambda: 3 },
        ],
      },
    ],
    [
      "penalties.r1.gamma=2",
      {
        penalties: [
          { name: "r1", gamma: 2 },
          { name: "l2", lambda: 3 },
        ],
      },
    ],
    ["penalties.l2.lambda=2", { penalties: ["r1", { name: "l2", lambda: 2 }] }],
    ["penalties.1.every=4", { penalties: ["r1", { name: "l2", lambda: 3, every: 4 }] }],
    ["penalties.2=r2", { penalties: ["r1", { name: "l2", lambda: 3 }, "r2"] }],
    ["metrics.list=kid", { metrics: { list: "kid" } }],
    ["metrics.every=50", { metrics: { list: "fid,prdc", every: 50 } }],
    ["metrics.list.prdc.k=3", { metrics: { list: ["fid", { name: "prdc", k: 3 }] } }],
    ["penalties=r2,l1", { penalties: "r2,l1" }],
    ["penalties=[]", { penalties: [] }],
  ])("%s", (assignment, changes) => {
    const before = structuredClone(config);
    expect(setKey(config, assignment)).toEqual({ ...config, ...changes });
    expect(config).toEqual(before);
  });

  it("drops a choice's options when its name is set to another", () => {
    const { generator } = setKey(config, "optimizer.generator.name=sgd").optimizer as { generator: object };
    expect(generator).toEqual({ name: "sgd" });
    // Where no name was given before, nothing belongs to another choice.
    const { discriminator } = ["optimizer.discriminator.lr=2", "optimizer.discriminator.name=sgd"].reduce(
      setKey,
      config,
    ).optimizer as { discriminator: object };
    expect(discriminator).toEqual({ name: "sgd", lr: 2 });
  });

  it.each([
    ["batch", "--set wants key=value"],
    ["=3", "--set wants key=value"],
    ["", "--set wants key=value"],
    ["a..b=3", "is not a key"],
    [".a=3", "is not a key"],
    ["__proto__.x=3", "is not a key"],
    ["penalties.wgan-gp.lambda=3", 'the list has no item "wgan-gp"'],
    ["penalties.7=r2", 'the list has no item "7"'],
    ["penalties.-1=r2", 'the list has no item "-1"'],
  ])("refuses %j", (assignment, message) => {
    expect(() => setKey(config, assignment)).toThrow(message);
  });
});
