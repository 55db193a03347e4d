import { describe, expect, it } from "vitest";
import { FAILURE_CODES } from "../../health/codes.ts";
import { zooCauses } from "../../health/zoo/causes.ts";
import { HALVES } from "../../health/zoo/program.ts";
import { zooPrograms } from "../../health/zoo/programs.ts";
import { ConfigError } from "../../util/errors.ts";
import { caseConfig, causeName, findCases, programConfig, zooCases } from "./cases.ts";

describe("the programs of the zoo", () => {
  it("are split whole into halves that each have points, grey and colour images, and several objectives", () => {
    expect(zooPrograms.length).toBeGreaterThanOrEqual(12);
    expect(new Set(zooPrograms.map(({ name }) => name)).size).toBe(zooPrograms.length);
    for (const half of HALVES) {
      const own = zooPrograms.filter((program) => program.half === half);
      expect(own.length).toBe(zooPrograms.length / 2);
      expect(new Set(own.map(({ kind }) => kind))).toEqual(new Set(["points", "grey", "colour"]));
      const objectives = own.map((program) => programConfig(program, 0).objective.name);
      expect(new Set(objectives).size).toBeGreaterThanOrEqual(4);
    }
  });
});

describe("the cases of the zoo", () => {
  it("are valid configs, each of which differs from its program", () => {
    for (const one of zooCases()) {
      const config = caseConfig(one, 3);
      const label = `${one.program.name} ${causeName(one)}`;
      expect(config.seed, label).toBe(3);
      expect(config.steps, label).toBeGreaterThan(100);
      const plain = caseConfig({ ...one, cause: null }, 3);
      const changes = one.cause !== null && one.cause.data === undefined;
      expect(JSON.stringify(config) !== JSON.stringify(plain), label).toBe(changes);
    }
  });

  it("have every code in each half, and controls", () => {
    for (const half of HALVES) {
      const own = zooCases().filter(({ program }) => program.half === half);
      for (const code of FAILURE_CODES) {
        expect(own.filter(({ cause }) => cause?.plants === code).length, `${half} ${code}`).toBeGreaterThanOrEqual(3);
      }
      expect(own.filter(({ cause }) => cause !== null && cause.plants === null).length).toBeGreaterThanOrEqual(3);
    }
  });

  it("keep every checkpoint that the oracle looks at", () => {
    for (const one of zooCases()) {
      const { steps, checkpoint } = caseConfig(one, 0);
      expect(Math.ceil(steps! / checkpoint.every)).toBeLessThanOrEqual(checkpoint.keep);
      expect(Math.ceil(steps! / checkpoint.every)).toBeGreaterThan(6);
    }
  });

  it("are found by name, and a wrong name is answered by the right one", () => {
    expect(findCases({ programs: ["five-hinge"], causes: ["none", "no-rate"] }).map(causeName)).toEqual([
      "none",
      "no-rate",
    ]);
    expect(() => findCases({ programs: ["five-hing"] })).toThrow(/five-hinge/);
    const images = zooCauses.find(({ data }) => data === "half-range")!.name;
    expect(() => findCases({ programs: ["five-hinge"], causes: [images] })).toThrow(ConfigError);
  });
});
