/** @file Detection in the zoo as tables of Markdown. */

import { HALVES, type Half } from "../../health/zoo/program.ts";
import { type Detection, type DetectorScore, OURS } from "./detect.ts";
import { wilson } from "./score.ts";

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);

/** A share with its 95 % interval. */
function withInterval(part: number, whole: number): string {
  if (whole === 0) return "–";
  const { low, high } = wilson(part, whole);
  return `${percent(part / whole)} (${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)})`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

function detectorRow(score: DetectorScore): string[] {
  const { detector, failing, healthy, sensitivity, falseAlarms, balancedAccuracy, delay, named } = score;
  return [
    detector,
    withInterval(Math.round((sensitivity ?? 0) * failing), failing),
    `${falseAlarms} of ${healthy}`,
    percent(balancedAccuracy),
    percent(delay),
    named === null ? "–" : `${percent(named.first)}, ${percent(named.any)}`,
  ];
}

function codesTable({ codes }: DetectorScore): string[] {
  const rows = codes
    .filter(({ runs, precision }) => runs > 0 || precision !== null)
    .map(({ code, runs, recall, precision }) => [`\`${code}\``, String(runs), percent(recall), percent(precision)]);
  return table(["failure", "runs", "called so", "of those called so"], rows);
}

function confusionTable({ confusion }: DetectorScore): string[] {
  const called = [...new Set(confusion.map((cell) => cell.called))].sort();
  const truths = [...new Set(confusion.map((cell) => cell.truth))].sort();
  const cell = (truth: string, name: string) =>
    String(confusion.find((one) => one.truth === truth && one.called === name)?.runs ?? "");
  return table(
    ["by the oracle \\ called", ...called],
    truths.map((truth) => [truth, ...called.map((name) => cell(truth, name))]),
  );
}

function halfSection(half: Half, scores: readonly DetectorScore[]): string[] {
  const mine = scores.filter((score) => score.half === half);
  const ours = mine.find(({ detector }) => detector === OURS);
  if (ours === undefined) return [];
  return [
    `#### ${half === "held-out" ? "Held-out programs" : "Calibration programs"}`,
    "",
    `${ours.failing} failing and ${ours.healthy} healthy runs.`,
    "",
    ...table(
      ["detector", "failing found", "false alarms", "balanced accuracy", "median delay", "name right: first, any"],
      mine.map(detectorRow),
    ),
    "",
    ...codesTable(ours),
    "",
    ...confusionTable(ours),
    "",
  ];
}

/** Everything as Markdown. */
export function detectionMarkdown({ scores, unclear }: Detection): string {
  const sections = HALVES.flatMap((half) => halfSection(half, scores));
  const rest = `${unclear} runs of which the oracle says neither good nor bad twice in a row count for nothing.`;
  return [...sections, rest, ""].join("\n");
}
