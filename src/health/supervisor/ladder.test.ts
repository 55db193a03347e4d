import { expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { diagnosisOf } from "../diagnoses.ts";
import { ladderOf } from "./ladder.ts";

const config = (more: object = {}) => parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100, ...more });

it("is what the diagnosis says where the config has no plain fault", () => {
  const sound = config({ optimizer: { generator: { beta1: 0 }, discriminator: { beta1: 0.5 } } });
  expect(ladderOf("mode-collapse", sound)).toEqual(diagnosisOf("mode-collapse").remedies);
});

it("begins with what takes a plain fault away, each once", () => {
  const updates = { mode: "simultaneous", generatorSteps: 5 };
  const optimizer = { generator: { beta1: 0.9, lr: 1e-3 }, discriminator: { beta1: 0, lr: 1e-4 } };
  const spoilt = config({ updates, optimizer, objective: "minimax" });
  const ladder = ladderOf("mode-collapse", spoilt);
  const rest = diagnosisOf("mode-collapse").remedies;
  const front = ladder.slice(0, ladder.length - rest.filter((name) => ladder.includes(name)).length);
  expect(new Set(front)).toEqual(
    new Set(["fewer-generator-steps", "alternate", "lower-momentum", "faster-discriminator", "non-saturating"]),
  );
  expect(new Set(ladder).size).toBe(ladder.length);
  expect(ladder).toEqual(expect.arrayContaining([...rest]));
});

it("leaves the players alone where the data are at fault", () => {
  expect(ladderOf("memorization", config({ updates: { generatorSteps: 5 } }))).toEqual(
    diagnosisOf("memorization").remedies,
  );
});
