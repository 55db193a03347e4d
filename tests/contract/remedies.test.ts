/**
 * @file Every remedy at every kind of config: the result is a config that can be trained, has the one change, and keeps the
 * weights' names and shapes where the remedy says so.
 */

import { describe, expect, it } from "vitest";
import { applyChanges, configChanges, undoChanges } from "../../src/config/changes.ts";
import { type Config, imagesPerStep, parseConfig, totalSteps } from "../../src/config/config.ts";
import { gameFromConfig } from "../../src/config/game-from-config.ts";
import { mergeConfig } from "../../src/config/layers.ts";
import type { Game, SampleType } from "../../src/gan/game/game.ts";
import { applicable, REMEDIES, remedyNamed } from "../../src/health/remedies.ts";
import type { Remedy, RemedyContext } from "../../src/health/remedy.ts";
import { architectures, type Choices, expectedRefusal, factors, PLAIN, programOf, rawConfig } from "./combinations.ts";

/** The architectures that meet every value of every factor; the others are taken as they are. */
const WHOLE: readonly string[] = ["mlp", "dcgan, norm none"];

interface Case {
  readonly label: string;
  readonly config: Config;
  readonly sample: SampleType;
}

const caseOf = (choices: Choices, more: object = {}): Case => ({
  label: JSON.stringify({ ...choices, ...more }),
  config: parseConfig(mergeConfig(rawConfig(choices), { batch: 8, ...more })),
  sample: { ...architectures[choices.architecture]!.sample, classes: ["a", "b", "c"] },
});

/** Every value of each factor in turn; what is refused is left out. */
const cases: readonly Case[] = Object.keys(architectures).flatMap((architecture) =>
  (["objective", "penalty", "optimizer", "mode", "extra"] as const)
    .flatMap((factor) => factors[factor].map((value): Choices => ({ ...PLAIN, architecture, [factor]: value })))
    .filter((choices, i) => WHOLE.includes(architecture) || i === 0 || choices.extra === "code of InfoGAN")
    .filter((choices) => expectedRefusal(choices) === undefined)
    .map((choices) => caseOf(choices)),
);

const narrow = caseOf({ ...PLAIN, architecture: "metz, norm none" }, { model: { name: "metz", discriminator: 0.25 } });
const special: readonly Case[] = [
  narrow,
  caseOf(PLAIN, { penalties: ["r1", "r2"], steps: 500 }),
  caseOf(PLAIN, { images: 5000, optimizer: { generator: { lr: 1e-4 }, discriminator: { lr: 1e-6 } } }),
];
const all = [...cases, ...special];

const contextOf = ({ sample }: Case, code: RemedyContext["code"] = "mode-collapse"): RemedyContext => ({
  code,
  sample,
  dataCount: 1000,
});

const games = new Map<string, Game>();

/** The game of a case, made once. */
function gameOf({ label, config, sample }: Case): Game {
  const game = games.get(label) ?? gameFromConfig(config, sample);
  games.set(label, game);
  return game;
}

const shapes = ({ generator, discriminator }: Game) =>
  [generator, discriminator].map(({ parameters }) => parameters.entries.map(({ name, shape }) => [name, shape]));

/** Remedies that go one more step when they are applied again, down or up to a limit. The others say null. */
const STEPS: readonly string[] = ["slower", "fewer-penalties", "larger-batch", "again"];

/** Remedies that put a whole recipe in the place of what was there. */
const WHOLESALE: readonly string[] = ["recommended-game"];

/** Every outcome of a remedy over all cases. */
const outcomes = (remedy: Remedy) =>
  all.flatMap((given) => {
    const after = remedy.apply(given.config, contextOf(given));
    return after === null ? [] : [{ given, after }];
  });

describe("the list of remedies", () => {
  it("has each name once, with everything a person needs to judge it", () => {
    const names = REMEDIES.map(({ name }) => name);
    expect(new Set(names).size).toBe(33);
    expect(names).toHaveLength(33);
    for (const { name, title, why, references } of REMEDIES) {
      expect(name).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
      expect(why.length, name).toBeGreaterThan(60);
      expect(references.length, name).toBeGreaterThan(0);
    }
  });

  it("is found by name, and in the order asked for", () => {
    expect(remedyNamed("packing")?.kind).toBe("restart");
    expect(remedyNamed("magic")).toBeUndefined();
    const given = caseOf(PLAIN);
    const found = applicable(["moving-average", "magic", "r1", "packing"], given.config, contextOf(given));
    expect(found.map(({ remedy }) => remedy.name)).toEqual(["r1", "packing"]);
  });
});

describe.each(REMEDIES.map((remedy) => [remedy.name, remedy] as const))("%s", (name, remedy) => {
  const found = outcomes(remedy);

  it("applies to something", () => {
    expect(found.length).toBeGreaterThan(0);
  });

  it("gives a valid config with a few other keys, and leaves the given one alone", () => {
    for (const given of all) {
      const before = JSON.stringify(given.config);
      const after = remedy.apply(given.config, contextOf(given));
      expect(JSON.stringify(given.config)).toBe(before);
      if (after === null) continue;
      expect(parseConfig(after), given.label).toEqual(after);
      const changes = configChanges(given.config, after);
      // A choice that takes the place of another has as many keys as both have options.
      expect(changes.length, given.label).toBeGreaterThan(0);
      const keys = new Set(changes.map(({ key }) => key.split(".")[0]));
      expect(changes.length, given.label).toBeLessThanOrEqual(WHOLESALE.includes(name) ? 60 : 24);
      expect(keys.size, given.label).toBeLessThanOrEqual(WHOLESALE.includes(name) ? 5 : 2);
      expect(applyChanges(given.config, changes), given.label).toEqual(after);
      expect(undoChanges(after, changes), given.label).toEqual(given.config);
    }
  });

  it("changes nothing more when it is applied again", () => {
    for (const { given, after } of found) {
      if (!STEPS.includes(name)) {
        expect(remedy.apply(after, contextOf(given)), given.label).toBeNull();
        continue;
      }
      let [config, times]: [Config | null, number] = [after, 1];
      while (config !== null && times < 20) [config, times] = [remedy.apply(config, contextOf(given)), times + 1];
      expect(times, given.label).toBeLessThan(12);
    }
  });

  it("makes a game, with the same parameters where it is applied to a training that goes on", () => {
    for (const { given, after } of found) {
      const now = gameFromConfig(after, given.sample);
      if (remedy.kind !== "hot") continue;
      expect(shapes(now), given.label).toEqual(shapes(gameOf(given)));
      // Steps are counted on, so they must show as many images as before.
      expect(imagesPerStep(after)).toBe(imagesPerStep(given.config));
      expect(totalSteps(after)).toBe(totalSteps(given.config));
    }
  });

  it("can be traced, on every architecture", () => {
    const seen = new Set<unknown>();
    for (const { given, after } of found) {
      const key = JSON.stringify(given.config.model);
      if (seen.has(key)) continue;
      seen.add(key);
      expect(() => programOf(gameFromConfig(after, given.sample)), given.label).not.toThrow();
    }
  });
});

describe("numbers of the remedies", () => {
  const pictures = caseOf({ ...PLAIN, architecture: "dcgan, norm none" });
  const apply = (name: string, given: Case, more: Partial<RemedyContext> = {}) =>
    remedyNamed(name)!.apply(given.config, { ...contextOf(given), ...more });

  it("are the recipe's for the penalties, by the size of the pictures", () => {
    expect(apply("relativistic-r1-r2", caseOf(PLAIN))).toMatchObject({
      objective: { name: "relativistic" },
      penalties: [
        { name: "r1", gamma: { from: 1, to: 0.1 } },
        { name: "r2", gamma: { from: 1, to: 0.1 } },
      ],
    });
    // 16 pixels, in batches of an eighth of the recipe's.
    expect(apply("r1", pictures)?.penalties).toMatchObject([{ name: "r1", gamma: { from: 2, to: 0.2 } }]);
    const weighed = caseOf(PLAIN, { penalties: [{ name: "r1", gamma: 3 }] });
    expect(apply("r1-r2", weighed)?.penalties).toMatchObject([{ gamma: 3 }, { name: "r2", gamma: 3 }]);
  });

  it("make room for R1 and R2, and do not stack slope penalties", () => {
    const wgan = caseOf(PLAIN, { objective: "wasserstein", penalties: ["wgan-gp", "l2"] });
    const { penalties } = apply("relativistic-r1-r2", wgan)!;
    expect(penalties.map(({ name }) => name)).toEqual(["l2", "r1", "r2"]);
    expect(apply("r1", wgan)).toBeNull();
    expect(apply("spectral-norm", wgan)).toBeNull();
  });

  it("are refused where a rule forbids them", () => {
    const normed = caseOf({ ...PLAIN, architecture: "dcgan, norm batch" });
    expect(apply("relativistic-r1-r2", normed)).toBeNull();
    expect(apply("replay", caseOf(PLAIN, { packing: 2 }))).toBeNull();
    expect(apply("diff-augment", caseOf(PLAIN))).toBeNull();
  });

  it("pack three where some modes are missing, and two where most are", () => {
    const given = caseOf(PLAIN, { batch: 12 });
    expect(apply("packing", given)?.packing).toBe(2);
    expect(apply("packing", given, { code: "mode-dropping" })?.packing).toBe(3);
    expect(apply("packing", caseOf(PLAIN, { batch: 9 }))?.packing).toBe(3);
    expect(apply("packing", caseOf(PLAIN, { batch: 7 }))).toBeNull();
  });

  it("clip gradients at ten times what is usual", () => {
    const clipped = apply("clip-gradients", pictures, { gradients: { generator: 0.123, discriminator: 4 } });
    expect(clipped?.optimizer).toMatchObject({
      generator: { clip: { norm: 1.2 } },
      discriminator: { clip: { norm: 40 } },
    });
  });

  it("adapt to pairs of scores where their sign means nothing", () => {
    const signal = (objective: string) =>
      apply("adaptive-augment", caseOf({ ...PLAIN, architecture: "dcgan, norm none", objective }))?.augment[0]?.signal;
    expect(signal("non-saturating")).toBe("sign");
    expect(signal("relativistic")).toBe("pairwise");
  });

  it("augment colours and holes only, where there are many pictures", () => {
    expect(apply("diff-augment", pictures)?.augment[0]?.policy).toEqual(["colour", "translation", "cutout"]);
    expect(apply("diff-augment", pictures, { dataCount: 50_000 })?.augment[0]?.policy).toEqual(["colour", "cutout"]);
  });

  it("are never those of a player whose own rate is what is wrong", () => {
    const at = (generator: number, discriminator: number) =>
      caseOf(PLAIN, { optimizer: { generator: { lr: generator }, discriminator: { lr: discriminator } } });
    const rates = (name: string, given: Case) => {
      const { generator, discriminator } = apply(name, given)?.optimizer ?? {};
      return generator && discriminator && [generator.lr, discriminator.lr];
    };
    expect(rates("faster-discriminator", at(1e-3, 1e-4))).toEqual([1e-3, 2e-3]);
    expect(rates("faster-discriminator", at(0.06, 1e-4))).toBeUndefined();
    expect(rates("faster-discriminator", at(1e-3, 4e-3))).toBeUndefined();
    expect(rates("slower-discriminator", at(1e-3, 1e-3))).toEqual([1e-3, 5e-4]);
    expect(rates("slower-discriminator", at(1e-6, 1e-3))).toBeUndefined();
    expect(rates("two-time-scales", at(1e-3, 1e-3))).toEqual([2.5e-4, 1e-3]);
    expect(rates("two-time-scales", at(1e-3, 1e-6))).toBeUndefined();
    expect(rates("slower", at(1e-6, 1e-3))).toEqual([1e-6, 3e-4]);
    expect(rates("recommended-optimizers", at(0.06, 1e-6))).toEqual([2e-3, 2e-3]);
  });

  it("end the rise of rates, and leave a fall as it is", () => {
    const under = (schedule: object) =>
      apply("decay-rates", caseOf(PLAIN, { optimizer: { generator: { schedule }, discriminator: { schedule } } }));
    const falls = { kind: "cosine", final: 0.25 };
    expect(under({ kind: "exponential", final: 200 })?.optimizer.generator.schedule).toMatchObject(falls);
    expect(under({})?.optimizer.discriminator.schedule).toMatchObject(falls);
    expect(under({ kind: "exponential" })).toBeNull();
    expect(under({ kind: "linear", final: 1 })).toBeNull();
  });

  it("are all of the recipe's in the recommended game, which leaves the networks and the data as they are", () => {
    const spoilt = caseOf(
      { ...PLAIN, architecture: "dcgan, norm none" },
      {
        objective: "wasserstein",
        penalties: ["wgan-gp", "l2"],
        updates: { mode: "simultaneous", generatorSteps: 5 },
        optimizer: { generator: { name: "sgd", lr: 1 }, discriminator: { name: "sgd", lr: 1e-5 } },
        augment: ["mirror"],
      },
    );
    const after = apply("recommended-game", spoilt)!;
    expect(after).toMatchObject({
      model: spoilt.config.model,
      augment: spoilt.config.augment,
      batch: spoilt.config.batch,
      objective: { name: "relativistic" },
      updates: { mode: "alternating", generatorSteps: 1, discriminatorSteps: 1 },
      optimizer: { generator: { name: "adam", lr: 1e-3, beta1: 0 }, discriminator: { name: "adam", lr: 1e-3 } },
    });
    expect(after.penalties.map(({ name }) => name)).toEqual(["r1", "r2", "l2"]);
  });

  it("take out of the discriminator what looks at a whole batch, in the recommended game", () => {
    const normed = apply("recommended-game", caseOf({ ...PLAIN, architecture: "dcgan, norm batch" }));
    expect(normed?.model).toMatchObject({ name: "dcgan", norm: "none" });
    expect(normed?.penalties.map(({ name }) => name)).toEqual(["r1", "r2"]);
    const compared = caseOf(PLAIN, { model: { name: "mlp", minibatch: "discrimination" } });
    expect(apply("recommended-game", compared)?.model).toMatchObject({ minibatch: "std" });
  });

  it("do not make batches larger than the data", () => {
    expect(apply("larger-batch", pictures)?.batch).toBe(16);
    expect(apply("larger-batch", pictures, { dataCount: 15 })).toBeNull();
  });
});
