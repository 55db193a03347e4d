/** @file Healthy trainings against which nothing is said, and what holds of all checks. */

import { describe, expect, it } from "vitest";
import {
  adam,
  dcgan,
  dots,
  foundBy,
  images,
  many,
  notesOf,
  tenth,
  twice,
} from "../../../tests/support/planted-preflight.ts";
import { presetConfig } from "../../config/layers.ts";
import type { Dataset } from "../../data/dataset.ts";
import { loadDataset } from "../../data/sources.ts";
import { fiveGaussians, grid, ring, spiral, twoClusters } from "../../data/synthetic.ts";
import { isFailureCode } from "../codes.ts";
import type { Note } from "./check.ts";
import { CHECKS } from "./preflight.ts";

describe("a healthy training is not warned of", () => {
  const bad = (notes: readonly Note[]) => notes.filter(({ level }) => level === "warning" || level === "error");

  it.each<[string, () => Dataset | Promise<Dataset>]>([
    ["MNIST, a tenth of it", () => loadDataset("mnist", { limit: 6000 })],
    ["Stacked MNIST, some of it", () => loadDataset("stacked-mnist", { count: 5000 })],
    ["noise in grey", () => many],
    ["noise in colour", () => images(2000, { shape: [3, 16, 16] })],
    ["the ring", () => ring()],
    ["the grid", () => grid()],
    ["the spiral", () => spiral()],
    ["two clusters", () => twoClusters()],
    ["five Gaussians", () => fiveGaussians()],
  ])("on %s", async (_, load) => {
    const notes = notesOf({ dataset: await load() });
    expect(bad(notes)).toEqual([]);
    expect(notes.filter(({ level }) => level === "ok").length).toBeGreaterThan(6);
  });

  it("by the plain presets", () => {
    for (const preset of ["dcgan", "mlp"]) {
      const { data: _, ...raw } = presetConfig(preset);
      expect(bad(notesOf({ dataset: preset === "mlp" ? dots : many, raw }))).toEqual([]);
    }
  });
});

describe("the checks", () => {
  it("say what to do wherever they say something, and name failures that exist", () => {
    const bad = { ...dcgan, batch: 8, objective: "minimax", ...adam({ beta1: 0.9, lr: 1 }) };
    const notes = [
      ...notesOf({ dataset: twice, raw: bad, unseen: false }),
      ...notesOf({ dataset: images(50, {}, () => 7), cost: { gflop: 1, memory: 2, free: 1 } }),
    ];
    expect(notes.length).toBeGreaterThan(20);
    for (const { check, level, help, code } of notes) {
      expect(help === undefined, check).toBe(level === "ok");
      if (code !== undefined) expect(isFailureCode(code), code).toBe(true);
    }
  });

  it("have names of their own", () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(19);
    for (const { title, looksAt } of CHECKS) expect(title.length * looksAt.length).toBeGreaterThan(0);
  });

  it("do not call few labelled digits faulty", () => {
    expect(foundBy("classes", { dataset: images(2000, tenth(2000)) })).toEqual([
      "ok: 10 classes of 200 to 200 samples",
    ]);
  });
});
