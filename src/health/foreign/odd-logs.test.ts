/** @file Logs that are less than whole, or are ordered oddly: read as what they are, or refused with what to do. */

import { expect, test } from "vitest";
import { collapsing, course, fileOf, mimicryScores, styleganStats } from "../../../tests/support/foreign-logs.ts";
import type { GantryError } from "../../util/errors.ts";
import { diagnose } from "../diagnoses.ts";
import { series } from "../history.ts";
import { readForeign } from "./formats.ts";

const POINTS = course(300, collapsing);

const filesOf = (contents: Readonly<Record<string, string>>) =>
  Object.entries(contents).map(([name, content]) => fileOf(name, content));

test("mimicry: scores alone", () => {
  const { history } = readForeign(filesOf({ "fid_50k_50k.json": mimicryScores(POINTS) }), "there");
  expect(series(history.metrics, "fid-50k-50k").length).toBeGreaterThan(3);
});

test.each([
  ["the newest row first", (i: number) => 100 - i],
  ["steps of an epoch", (i: number) => i % 10],
])("a table with %s is refused, with what to do", (_, step) => {
  const rows = Array.from({ length: 100 }, (_, i) => `${step(i)},${1 + i},2`);
  const table = `step,loss_g,loss_d\n${rows.join("\n")}\n`;
  expect(() => readForeign(filesOf({ "log.csv": table }), "there")).toThrow(
    /go back \d+ times, and of 100 rows only \d+ would/,
  );
});

test.each([
  ["numbers with commas", "step;loss_g;fid\n1;0,5;10,2\n", "written with commas, as in 0,5"],
  ["numbers with points and commas", "step;loss_g\n1;1.234,5\n2;2,5e-01\n", "written with commas, as in 1.234,5"],
  ["no row", "step,loss_g,fid\n", "log.csv has no row below the names"],
])("a table with %s is refused, and says so", (_, table, help) => {
  let refused: unknown;
  try {
    readForeign(filesOf({ "log.csv": table }), "there");
  } catch (error) {
    refused = error;
  }
  expect((refused as GantryError).message).toContain("holds no number that is known");
  expect((refused as GantryError).help).toContain(help);
});

test("commas in a column that is not read say nothing", () => {
  const log = readForeign(filesOf({ "log.csv": 'step,loss_g,gpus\n1,0.5,"0,1"\n2,0.6,"0,1"\n' }), "there");
  expect(log.notes.join()).not.toContain("commas");
});

test("where images are counted, sentences speak of images", () => {
  const fids = [40, 20, 10, 30, 35, 40].map((fid, i) =>
    JSON.stringify({
      results: { fid50k_full: fid },
      metric: "fid50k_full",
      snapshot_pkl: `network-snapshot-${(i + 1) * 100}.pkl`,
    }),
  );
  const files = filesOf({
    "stats.jsonl": styleganStats(POINTS, 50),
    "metric-fid50k_full.jsonl": `${fids.join("\n")}\n`,
  });
  const found = diagnose(readForeign(files, "there").history).findings.find(
    ({ code }) => code === "quality-regression",
  );
  expect(found?.evidence[0]?.says).toMatch(/it was 10 at 300000 images$/);
});

test("a batch of 0 is none", () => {
  const files = filesOf({
    "stats.jsonl": styleganStats(POINTS, 50),
    "training_options.json": JSON.stringify({ batch_size: 0, total_kimg: 1500 }),
  });
  const { history } = readForeign(files, "there");
  expect(history.facts.batch).toBeNull();
  expect(history.scalars.every(({ step }) => Number.isFinite(step))).toBe(true);
  expect(history.scalars.length).toBeGreaterThan(3);
});
