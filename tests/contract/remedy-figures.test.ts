/** @file The order of remedies, and the figures behind it. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type ArmOutcome, scoreRemedies } from "../../src/benchmarks/zoo/remedy-score.ts";
import { wilson } from "../../src/benchmarks/zoo/score.ts";
import { DIAGNOSES } from "../../src/health/diagnoses.ts";
import { outcomesOf, outcomesText } from "../../src/health/remedies/outcomes.ts";
import { ZOO_OUTCOMES } from "../../src/health/remedies/zoo-outcomes.ts";
import { REMEDIES } from "../../src/health/remedies.ts";
import { NOT_OF_THE_GAME } from "../../src/health/supervisor/ladder.ts";

const outcomes = readFileSync(new URL("../../docs/benchmarks/zoo-remedies.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as ArmOutcome);

it("are those of all failures, and of one", () => {
  const game = ZOO_OUTCOMES.filter(({ name }) => name === "recommended-game");
  const { against, all } = outcomesOf("recommended-game", "mode-collapse");
  expect(all?.runs).toBe(game.reduce((sum, { runs }) => sum + runs, 0));
  expect(against?.runs).toBe(game.find(({ finding }) => finding === "mode-collapse")?.runs);
  expect(outcomesText("recommended-game", "mode-collapse")).toMatch(/^\d+ of \d+; against any failure \d+ of \d+$/);
  expect(outcomesText("unheard-of", "mode-collapse")).toBe("");
});

it("say nothing against the order: no remedy stands behind one that did plainly worse on calibration programs", () => {
  const scores = scoreRemedies(outcomes.filter(({ half }) => half === "calibration"));
  const interval = (remedy: string) => {
    const mine = scores.filter(({ name }) => name === remedy);
    const total = (of: "healthy" | "runs") => mine.reduce((sum, score) => sum + score[of], 0);
    return mine.length === 0 ? null : wilson(total("healthy"), total("runs"));
  };
  const wrong = DIAGNOSES.filter(({ code }) => !NOT_OF_THE_GAME.includes(code)).flatMap(({ code, remedies }) =>
    remedies.flatMap((later, j) =>
      remedies.slice(0, j).flatMap((earlier) => {
        const [worse, better] = [interval(earlier), interval(later)];
        return worse && better && worse.high < better.low ? [`${code}: ${later} stands behind ${earlier}`] : [];
      }),
    ),
  );
  expect(wrong).toEqual([]);
});

it("every remedy is in the list of some failure, or takes away a fault of a config; but the one that changes nothing", () => {
  const listed = new Set(DIAGNOSES.flatMap(({ remedies }) => remedies));
  const unreachable = REMEDIES.filter(({ name, mends }) => !listed.has(name) && mends === undefined);
  expect(unreachable.map(({ name }) => name)).toEqual(["again"]);
});
