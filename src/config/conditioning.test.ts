import { describe, expect, it } from "vitest";
import type { Game, SampleType } from "../gan/game/game.ts";
import { ConfigError } from "../util/errors.ts";
import { parseConfig } from "./config.ts";
import { gameFromConfig } from "./game-from-config.ts";
import { setKey } from "./layers.ts";

type Raw = Record<string, unknown>;

const points: SampleType = { kind: "points", shape: [2], classes: ["a", "b", "c"] };
const base: Raw = { data: { source: "things" }, model: { name: "mlp", width: 4 }, batch: 4 };
const configOf = (...assignments: readonly string[]) => parseConfig(assignments.reduce(setKey, base) as Raw);
const gameOf = (assignments: readonly string[], sample = points) => gameFromConfig(configOf(...assignments), sample);
const params = ({ network }: Game["generator"]) =>
  Object.fromEntries(network.params.map(({ name, shape }) => [name, [...shape]]));

describe("the short forms of `conditioning`", () => {
  it.each<[string[], object]>([
    [["conditioning=projection"], { discriminator: "projection" }],
    [["conditioning=class-head"], { discriminator: "class-head" }],
    [["conditioning=norm"], { generator: "norm" }],
    [["conditioning=concat"], { generator: "concat", discriminator: "concat" }],
    [["conditioning=none"], { generator: "none", discriminator: "none" }],
    [["conditioning=native"], { generator: "native" }],
    [["conditioning=projection", "conditioning.generator=norm"], { generator: "norm", discriminator: "projection" }],
    [["conditioning=concat", "conditioning.generator=embedding"], { generator: "embedding", discriminator: "concat" }],
    [["conditioning.discriminator=embedding"], { discriminator: "embedding" }],
  ])("%j", (assignments, ways) => {
    const { conditioning } = configOf(...assignments);
    expect(conditioning).toEqual({ ...ways, embedding: 64, weight: 1, generatorWeight: 1 });
    // As it is written into config.json, and read again.
    expect(configOf(...assignments)).toEqual(parseConfig(JSON.parse(JSON.stringify(configOf(...assignments))) as Raw));
  });

  it("is absent by default, as is `code`", () => {
    expect(configOf()).not.toHaveProperty("conditioning");
    expect(configOf()).not.toHaveProperty("code");
  });

  it("takes a number for `code`", () => {
    expect(configOf("code=7").code).toEqual({ categories: 7, continuous: 0, weight: 1, variance: "unit" });
  });
});

describe("the game", () => {
  it("tells the generator by `concat` and the discriminator by `projection` unless told otherwise", () => {
    const { generator, discriminator, condition, penalties, sample } = gameOf(["conditioning=projection"]);
    expect(condition).toEqual({ kind: "labels", classes: 3 });
    expect(params(generator)["dense1/weight"]).toEqual([4, 5]);
    expect(params(discriminator)["projection/weight"]).toEqual([3, 4]);
    expect(params(discriminator)["dense1/weight"]).toEqual([4, 2]);
    expect(penalties).toEqual({});
    expect(sample).toEqual(points);
  });

  it("has the class head's term beside the penalties", () => {
    const { discriminator, penalties } = gameOf(["conditioning=class-head", "conditioning.weight=0.5", "penalties=r1"]);
    expect(params(discriminator)).toMatchObject({ "classHead/weight": [3, 4], "classHead/bias": [3] });
    expect(Object.keys(penalties)).toEqual(["r1", "classes"]);
    expect(penalties.classes).toMatchObject({ player: "both", every: 1, weight: 0.5 });
  });

  it("draws a code, and looks for it", () => {
    const game = gameOf(["code.categories=3", "code.continuous=2", "code.variance=learned"], {
      kind: "points",
      shape: [2],
    });
    expect(game.condition).toEqual({ kind: "code", categories: 3, continuous: 2, variance: "learned" });
    expect(params(game.generator)["dense1/weight"]).toEqual([4, 2 + 5]);
    expect(params(game.discriminator)["codeHead/dense2/weight"]).toEqual([3 + 2 + 2, 128]);
    expect(Object.keys(game.penalties)).toEqual(["code"]);
  });

  it("is as it was without conditioning, whatever labels the data have", () => {
    for (const assignments of [[], ["conditioning=none"]]) {
      const game = gameOf(assignments);
      expect(game.condition).toBeUndefined();
      expect(game.sample).toEqual({ kind: "points", shape: [2] });
      expect(params(game.generator)["dense1/weight"]).toEqual([4, 2]);
    }
  });
});

describe("what is refused before training", () => {
  const unlabelled: SampleType = { kind: "points", shape: [2] };
  it.each<[string, string[], SampleType, string, string]>([
    [
      "a projection discriminator without labels",
      ["conditioning=projection"],
      unlabelled,
      'conditioning needs the class of every sample, and "things" has no labels',
      "one folder for each class",
    ],
    [
      "a single class",
      ["conditioning=class-head"],
      { ...unlabelled, classes: ["a"] },
      'at least two classes; all samples of "things" are of "a"',
      "conditioning=none",
    ],
    ["norm where there is none", ["conditioning=norm"], points, 'generator of "mlp" has no batch norm', "concat"],
    [
      "native where there is none",
      ["conditioning=native"],
      points,
      'generator of "mlp" has no way of its own',
      "embedding",
    ],
    [
      "a generator that is not told",
      ["conditioning=projection", "conditioning.generator=none"],
      points,
      "could only lose",
      "a way for both",
    ],
    ["a discriminator that is not told", ["conditioning.discriminator=none"], points, "whether it heeds it", "both"],
    ["classes and a code", ["conditioning=projection", "code=3"], points, "not for both", "leave one"],
    ["an empty code", ["code=0"], points, "neither categories nor continuous", "code.categories=10"],
    ["one category", ["code=1"], points, "one category says nothing", ""],
    ["an unknown way", ["conditioning=projecton"], points, "conditioning.discriminator: Invalid option: expected", ""],
  ])("%s", (_, assignments, sample, message, help) => {
    try {
      gameOf(assignments, sample);
      expect.fail("it was accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(message);
      expect((error as ConfigError).help ?? "").toContain(help);
    }
  });
});
