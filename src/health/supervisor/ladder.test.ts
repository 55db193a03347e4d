import { expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { diagnosisOf } from "../diagnoses.ts";
import { ladderOf } from "./ladder.ts";

const config = (more: object = {}) => parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100, ...more });

it("is what the diagnosis says where the config has no plain fault", () => {
  const sound = config({ optimizer: { generator: { beta1: 0 }, discriminator: { beta1: 0.5 } } });
  expect(ladderOf("mode-collapse", sound, 0)).toEqual(diagnosisOf("mode-collapse").remedies);
});

it("begins with the whole recipe where there are several, each once", () => {
  const updates = { mode: "simultaneous", generatorSteps: 5 };
  const optimizer = { generator: { beta1: 0.9, lr: 1e-3 }, discriminator: { beta1: 0, lr: 2e-4 } };
  const spoilt = config({ updates, optimizer, objective: "minimax" });
  const ladder = ladderOf("mode-collapse", spoilt, 0);
  const faults = ["fewer-generator-steps", "alternate", "lower-momentum", "faster-discriminator", "non-saturating"];
  expect(ladder[0]).toBe("recommended-game");
  expect(new Set(ladder.slice(1, 1 + faults.length))).toEqual(new Set(faults));
  expect(new Set(ladder).size).toBe(ladder.length);
  expect(ladder).toEqual(expect.arrayContaining([...diagnosisOf("mode-collapse").remedies]));
});

it("counts rates that are far apart as one fault, whichever player is the slow one", () => {
  const at = (generator: number, discriminator: number) =>
    config({ optimizer: { generator: { lr: generator, beta1: 0 }, discriminator: { lr: discriminator, beta1: 0 } } });
  for (const spoilt of [at(1e-3, 1e-5), at(1e-5, 1e-3)]) {
    expect(ladderOf("mode-collapse", spoilt, 0).slice(0, 2)).toEqual(["recommended-optimizers", "recommended-game"]);
  }
  expect(ladderOf("mode-collapse", at(1e-3, 2e-4), 0)[0]).toBe("faster-discriminator");
});

it("tries the one thing that is wrong alone, then the whole recipe", () => {
  const fast = config({ updates: { generatorSteps: 5 }, optimizer: { generator: { beta1: 0 } } });
  expect(ladderOf("oscillation", fast, 0).slice(0, 2)).toEqual(["fewer-generator-steps", "recommended-game"]);
  const sound = config({ optimizer: { generator: { beta1: 0 }, discriminator: { beta1: 0.5 } } });
  expect(ladderOf("oscillation", sound, 1)[0]).toBe("recommended-game");
  expect(new Set(ladderOf("oscillation", sound, 1))).toEqual(new Set(diagnosisOf("oscillation").remedies));
});

it("leaves the players alone where the data are at fault", () => {
  expect(ladderOf("memorization", config({ updates: { generatorSteps: 5 } }), 1)).toEqual(
    diagnosisOf("memorization").remedies,
  );
});
