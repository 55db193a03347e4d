import { describe, expect, it } from "vitest";
import { augments } from "../gan/augments.ts";
import { objectives } from "../gan/objectives.ts";
import { penalties } from "../gan/penalties.ts";
import { models } from "../models/models.ts";
import { optimizers } from "../optim/optimizers.ts";
import { ConfigError } from "../util/errors.ts";
import { parseConfig, totalSteps } from "./config.ts";
import { presetConfig, presets } from "./layers.ts";

const minimal = { data: { source: "ring" }, model: "mlp" };
const refused = (raw: Record<string, unknown>): string => {
  try {
    parseConfig(raw);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "";
};

describe("parseConfig", () => {
  it("fills in every default", () => {
    expect(parseConfig(minimal)).toMatchInlineSnapshot(`
      {
        "augment": [],
        "batch": 64,
        "checkpoint": {
          "every": 500,
          "keep": 3,
        },
        "data": {
          "holdOut": null,
          "mirror": false,
          "skipCorrupt": false,
          "source": "ring",
        },
        "device": "cpu",
        "ema": {
          "enabled": true,
          "halfLife": 10000,
          "rampUp": 0.05,
        },
        "health": {
          "budget": 3,
          "every": null,
          "probes": "standard",
          "remedy": "suggest",
          "samples": null,
          "stopAtPlateau": false,
        },
        "images": null,
        "instanceNoise": {
          "sigma": 0,
          "until": 0.5,
        },
        "log": {
          "every": 20,
        },
        "metrics": {
          "every": 1000,
          "list": [],
          "samples": null,
        },
        "model": {
          "depth": 2,
          "latent": 2,
          "name": "mlp",
          "width": 128,
        },
        "objective": {
          "fakeLabel": 0,
          "flip": 0,
          "labelNoise": 0,
          "name": "non-saturating",
          "realLabel": 1,
        },
        "optimizer": {
          "discriminator": {
            "beta1": 0.5,
            "beta2": 0.999,
            "clip": {},
            "epsilon": 1e-8,
            "lr": 0.0002,
            "name": "adam",
            "optimistic": false,
            "schedule": {
              "kind": "constant",
            },
          },
          "generator": {
            "beta1": 0.5,
            "beta2": 0.999,
            "clip": {},
            "epsilon": 1e-8,
            "lr": 0.0002,
            "name": "adam",
            "optimistic": false,
            "schedule": {
              "kind": "constant",
            },
          },
        },
        "packing": 1,
        "penalties": [],
        "retry": 0,
        "samples": {
          "count": 64,
          "every": 200,
        },
        "seed": 0,
        "steps": null,
        "updates": {
          "discriminatorSteps": 1,
          "generatorSteps": 1,
          "mode": "alternating",
        },
      }
    `);
  });

  it("gives the same again when a resolved config is parsed", () => {
    const config = parseConfig({ ...minimal, penalties: "r1,wgan-gp", optimizer: { generator: "sgd" } });
    expect(parseConfig(config)).toEqual(config);
    expect(parseConfig(JSON.parse(JSON.stringify(config)) as Record<string, unknown>)).toEqual(config);
  });

  it.each(Object.keys(presets))("accepts the preset %s", (name) => {
    expect(parseConfig(presetConfig(name)).preset).toBe(name);
  });

  it("takes a name for a choice with default options", () => {
    const config = parseConfig({ ...minimal, objective: "wasserstein", optimizer: { discriminator: "sgd" } });
    expect(config.objective).toEqual({ name: "wasserstein" });
    expect(config.optimizer.discriminator).toMatchObject({ name: "sgd", momentum: 0, nesterov: false });
    expect(config.optimizer.generator).toMatchObject({ name: "adam", beta1: 0.5 });
  });

  it.each([
    ["r1,r2", ["r1", "r2"]],
    ["wgan-gp", ["wgan-gp"]],
    ["", []],
    [
      ["r1", { name: "l2", lambda: 3 }],
      ["r1", "l2"],
    ],
    [[], []],
  ])("reads the penalties %j", (given, names) => {
    expect(parseConfig({ ...minimal, penalties: given }).penalties.map(({ name }) => name)).toEqual(names);
  });

  it("keeps a penalty's options", () => {
    const [l2] = parseConfig({ ...minimal, penalties: [{ name: "l2", lambda: 3, player: "generator" }] }).penalties;
    expect(l2).toEqual({ name: "l2", lambda: 3, player: "generator", every: 1 });
  });
});

describe("what parseConfig refuses", () => {
  it.each([
    [{ ...minimal, batchsize: 3 }, 'unknown key "batchsize"'],
    [{ ...minimal, bach: 3 }, 'unknown key "bach". Did you mean "batch"?'],
    [{ ...minimal, data: { source: "ring", sorce: 1 } }, 'unknown key "data.sorce". Did you mean "source"?'],
    [{ ...minimal, checkpoint: { evry: 1 } }, 'unknown key "checkpoint.evry". Did you mean "every"?'],
    [{ ...minimal, model: { name: "mlp", widht: 3 } }, 'unknown key "model.widht". Did you mean "width"?'],
    [{ ...minimal, penalties: [{ name: "r1", gama: 3 }] }, 'unknown key "penalties.0.gama". Did you mean "gamma"?'],
    [
      { ...minimal, optimizer: { generator: { name: "adam", beta: 0.5 } } },
      'unknown key "optimizer.generator.beta". Did you mean "beta1"?',
    ],
    [{ ...minimal, model: "dcgn" }, 'model: unknown name "dcgn". Did you mean "dcgan"?'],
    [
      { ...minimal, objective: { name: "wasserstien" } },
      'objective: unknown name "wasserstien". Did you mean "wasserstein"?',
    ],
    [{ ...minimal, penalties: "r1,wgangp" }, 'penalties: unknown name "wgangp". Did you mean "wgan-gp"?'],
    [
      { ...minimal, optimizer: { discriminator: "adma" } },
      'optimizer.discriminator: unknown name "adma". Did you mean "adam"?',
    ],
    [{ ...minimal, penalties: "r1,r1" }, 'penalties: "r1" is listed twice'],
    [{ ...minimal, images: 5, steps: 5 }, "either as images (kimg) or as steps, not both"],
    [{ ...minimal, batch: 0 }, "batch: "],
    [{ ...minimal, batch: 1.5 }, "batch: "],
    [{ ...minimal, seed: -1 }, "seed: "],
    [{ ...minimal, device: "gpu" }, "device: "],
    [{ ...minimal, optimizer: { generator: { name: "adam", lr: 0 } } }, "optimizer.generator.lr: "],
    [{ ...minimal, optimizer: { generator: { name: "adam", beta1: 1 } } }, "optimizer.generator.beta1: "],
    [{ ...minimal, updates: { mode: "alternate" } }, "updates.mode: "],
    [{ ...minimal, ema: { halfLife: 0 } }, "ema.halfLife: "],
    [{ model: "mlp" }, "data: "],
    [{ data: { source: "ring" } }, "model: "],
    [{ ...minimal, data: { source: "" } }, "data.source: "],
    [{ ...minimal, penalties: 3 }, "penalties: "],
    [{ ...minimal, model: null }, "model: "],
    [{ ...minimal, model: 3 }, "model: "],
    [{ ...minimal, optimizer: 3 }, "optimizer: "],
    [{ ...minimal, optimizer: { generator: null } }, "optimizer.generator: "],
  ])("%j", (raw, message) => {
    expect(refused(raw as Record<string, unknown>)).toContain(message);
  });

  it("lists every problem at once", () => {
    const message = refused({ ...minimal, batch: 0, seed: -1, colour: 1 });
    for (const part of ["batch: ", "seed: ", 'unknown key "colour"']) expect(message).toContain(part);
  });
});

describe("totalSteps", () => {
  const steps = (more: object) => totalSteps(parseConfig({ ...minimal, ...more }));

  it("counts real images: those of every discriminator step", () => {
    expect(steps({ steps: 7 })).toBe(7);
    expect(steps({ images: 640, batch: 64 })).toBe(10);
    expect(steps({ images: 641, batch: 64 })).toBe(11);
    expect(steps({ images: 640, batch: 64, updates: { discriminatorSteps: 5 } })).toBe(2);
    expect(steps({ images: 640, batch: 64, updates: { generatorSteps: 5 } })).toBe(10);
    expect(steps({ batch: 64 })).toBe(Math.ceil(1e6 / 64));
  });
});

describe("the registries of choices", () => {
  it.each(Object.entries({ models, objectives, penalties, augments, optimizers }))(
    "%s describe themselves",
    (_, table) => {
      for (const [name, row] of Object.entries(table)) {
        expect(row.name).toBe(name);
        expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        expect(row.summary.length).toBeGreaterThan(10);
        expect(row.paper.length).toBeGreaterThan(10);
        // Every option has a default: a name alone is a whole choice.
        expect(row.options.safeParse({}).success, name).toBe(true);
        for (const [option, schema] of Object.entries(row.options.shape)) {
          expect((schema as { description?: string }).description, `${name}.${option}`).toBeTruthy();
        }
      }
    },
  );
});
