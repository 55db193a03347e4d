import { expect, it } from "vitest";
import { parseConfig } from "../config/config.ts";
import { isBounded } from "./bounded.ts";

const bounded = (more: object) => isBounded(parseConfig({ data: { source: "mnist" }, steps: 100, ...more }));

it("is seen in a model's norm, or in what it normalises spectrally, by default or not", () => {
  expect(bounded({ model: "resnet", objective: "hinge" })).toBe(true);
  expect(bounded({ model: { name: "biggan", spectral: "none" } })).toBe(false);
  expect(bounded({ model: "biggan" })).toBe(true);
  expect(bounded({ model: { name: "dcgan", norm: "spectral" } })).toBe(true);
  expect(bounded({ model: { name: "dcgan", norm: "none" } })).toBe(false);
});

it("is seen in penalties and clipped weights", () => {
  const model = { name: "dcgan", norm: "none" };
  expect(bounded({ model, penalties: ["r1"] })).toBe(true);
  expect(bounded({ model, penalties: ["l2"] })).toBe(false);
  expect(bounded({ model, optimizer: { discriminator: { clip: { weights: 0.01 } } } })).toBe(true);
});
