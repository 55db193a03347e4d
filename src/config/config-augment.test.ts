import { describe, expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { parseConfig } from "./config.ts";
import { type RawConfig, setKey } from "./layers.ts";

const minimal = { data: { source: "mnist" }, model: "dcgan" };
const augmentOf = (augment: unknown, more: object = {}) => parseConfig({ ...minimal, ...more, augment }).augment;

/** The error that a config meets. */
function refusal(augment: unknown, more: object = {}): ConfigError {
  try {
    augmentOf(augment, more);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return expect.fail("the config is accepted");
}

describe("augment in a config", () => {
  it.each([
    ["diffaugment", ["diffaugment"]],
    ["apa,diffaugment", ["apa", "diffaugment"]],
    ["", []],
    [undefined, []],
    [
      ["mirror", { name: "ada", target: 0.5 }],
      ["mirror", "ada"],
    ],
  ])("reads %j", (given, names) => {
    expect(augmentOf(given).map(({ name }) => name)).toEqual(names);
  });

  it("fills in the published defaults, and ours where the code has no limit", () => {
    const shared = { initial: 0, target: 0.6, interval: 4, kimg: 500, max: 0.8, signal: "sign" };
    expect(augmentOf("ada")).toEqual([{ name: "ada", parts: ["blit", "geometry", "colour"], ...shared }]);
    expect(augmentOf("apa")).toEqual([{ name: "apa", ...shared }]);
    expect(augmentOf("diffaugment")).toEqual([
      { name: "diffaugment", policy: ["colour", "translation", "cutout"], translation: 0.125, cutout: 0.5 },
    ]);
    expect(augmentOf("mirror")).toEqual([{ name: "mirror", probability: 0.25 }]);
  });

  it("is reached by --set, by name too", () => {
    const set = (...assignments: string[]) => parseConfig(assignments.reduce<RawConfig>(setKey, minimal)).augment;
    expect(set("augment=ada,mirror", "augment.ada.target=0.5")).toMatchObject([{ target: 0.5 }, { name: "mirror" }]);
    const ramp = '{"from":0,"to":0.55}';
    expect(set("augment=ada", `augment.ada.p=${ramp}`)).toMatchObject([
      { p: { from: 0, to: 0.55, kind: "cosine", until: 1 } },
    ]);
  });

  it.each([
    ["difaugment", 'augment: unknown name "difaugment". Did you mean "diffaugment"?'],
    ["ada,ada", 'augment: "ada" is listed twice'],
    [[{ name: "ada", taget: 0.5 }], 'unknown key "augment.0.taget". Did you mean "target"?'],
    [[{ name: "diffaugment", policy: ["color"] }], "augment.0.policy.0: "],
    [[{ name: "mirror", probability: 0.5 }], "augment.0.probability: "],
    [[{ name: "ada", p: 1.5 }], "augment.0.p: "],
    [3, "augment: "],
  ])("refuses %j", (given, message) => {
    expect(refusal(given).message).toContain(message);
  });
});

describe("combinations with augment", () => {
  const objectives = ["wasserstein", "relativistic", "relativistic-average"];

  it.each(objectives.flatMap((objective) => ["ada", "apa"].map((name) => [name, objective] as const)))(
    "%s does not adapt to the sign of scores with %s",
    (name, objective) => {
      const error = refusal(name, { objective });
      expect(error.message).toContain(`"${name}" adapts to the sign of D's scores of reals, which means nothing`);
      expect(error.message).toContain(`"${objective}"`);
      expect(error.help).toContain(`set augment.${name}.signal to "pairwise"`);
      // What the help says works.
      expect(augmentOf([{ name, signal: "pairwise" }], { objective })).toHaveLength(1);
      expect(augmentOf([{ name, p: 0.5 }], { objective })).toHaveLength(1);
    },
  );

  it("least squares have a sign with labels around zero only", () => {
    const error = refusal("ada", { objective: "least-squares" });
    expect(error.message).toContain("the labels 0 and 1 have their middle at 0.5");
    const around = { name: "least-squares", realLabel: 1, fakeLabel: -1, target: 0 };
    expect(augmentOf("ada", { objective: around })).toHaveLength(1);
    expect(augmentOf("diffaugment", { objective: "least-squares" })).toHaveLength(1);
  });

  it("ada and apa do not both adapt", () => {
    const error = refusal("apa,ada");
    expect(error.message).toContain('"apa" and "ada" would both adapt to the same signal');
    expect(error.help).toContain("augment.ada.p=0.2");
    expect(augmentOf(["apa", { name: "ada", p: 0.2 }])).toHaveLength(2);
  });
});
