import { describe, expect, it } from "vitest";
import { FAILURE_CODES } from "../../health/codes.ts";
import { zooCauses } from "../../health/zoo/causes.ts";
import { HALVES } from "../../health/zoo/program.ts";
import { zooPrograms } from "../../health/zoo/programs.ts";
import { fingerprint } from "../../run/config/fingerprint.ts";
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

  it("are no training twice: none of the held-out half is one on which rules were looked at", () => {
    const trainings = zooCases().map((one) => {
      const config = caseConfig(one, 3);
      // How a training is watched changes nothing of it, and makes a case of its own.
      return `${fingerprint(config)} ${JSON.stringify(config.health)} ${one.cause?.data}`;
    });
    expect(new Set(trainings).size).toBe(trainings.length);
    const left = zooCauses.filter(({ programs }) => programs.includes("grid-hinge")).map(({ name }) => name);
    const own = zooCases().filter(({ program, cause }) => program.name === "grid-hinge" && cause !== null);
    expect(left.filter((name) => own.every(({ cause }) => cause!.name !== name))).toEqual([
      "plain-momentum",
      "saturating-slow-generator",
      "critic-without-limit",
      "huge-rate",
      "descending-critic",
      "simultaneous-momentum",
      "critic-with-momentum",
      "few-reals",
    ]);
  });

  it("have every code in each half, and controls", () => {
    for (const half of HALVES) {
      const own = zooCases().filter(({ program }) => program.half === half);
      for (const code of FAILURE_CODES) {
        expect(own.filter(({ cause }) => cause?.plants === code).length, `${half} ${code}`).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it("have every control in each half, and sixty cases or more that should be healthy", () => {
    const controls = zooCauses.filter(({ plants }) => plants === null);
    for (const { name, programs } of controls) {
      const halves = zooPrograms.filter((program) => programs.includes(program.name)).map(({ half }) => half);
      expect(new Set(halves), name).toEqual(new Set(HALVES));
    }
    const healthy = zooCases().filter(({ cause }) => cause === null || cause.plants === null);
    expect(new Set(healthy.map(causeName)).size).toBe(controls.length + 1);
    expect(healthy.length).toBeGreaterThanOrEqual(60);
  });

  it("have controls on what people's rules look at", () => {
    const of = (program: string, cause: string) =>
      caseConfig(findCases({ programs: [program], causes: [cause] })[0]!, 0);
    expect(of("five-non-saturating", "satisfied-hinge").objective.name).toBe("hinge");
    expect(of("five-hinge", "late-generator").objective.name).toBe("non-saturating");
    const late = of("five-non-saturating", "late-generator");
    expect(late.objective.name).toBe("non-saturating");
    expect(late.penalties).toEqual([
      { name: "r1", every: 1, gamma: { from: 1e-6, to: 0.2, kind: "exponential", until: 0.6 } },
    ]);
    // The rate of G ends at half of the program's.
    const { lr, schedule } = late.optimizer.generator;
    expect(lr * schedule.final!).toBeCloseTo(0.5 * 1e-3, 12);
    const stiff = of("fashion-relativistic", "stiff-critic");
    expect(stiff).toMatchObject({ objective: { name: "wasserstein" }, model: { name: "dcgan", norm: "none" } });
    expect(stiff.penalties).toMatchObject([{ name: "wgan-gp", lambda: 1000 }]);
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
