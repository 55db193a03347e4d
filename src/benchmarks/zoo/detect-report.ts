/** @file Detection in the zoo as tables of Markdown. */

import { HALVES, type Half } from "../../health/zoo/program.ts";
import { type DetectedRun, type Detection, type DetectorScore, OURS } from "./detect.ts";
import { percent, table, withInterval } from "./markdown.ts";

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
    .filter(({ runs, said }) => runs > 0 || said > 0)
    .map(({ code, runs, said, both }) => [
      `\`${code}\``,
      String(runs),
      withInterval(both, runs),
      String(said),
      withInterval(both, said),
    ]);
  return table(
    ["failure", "runs that have it", "of which it was said", "runs of which it was said", "that have it"],
    rows,
  );
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

/** What the oracle found in the runs of each case, and how many of them ours called failing. */
export function casesMarkdown(runs: readonly DetectedRun[]): string {
  const keys = [...new Set(runs.map(({ program, cause }) => `${program}|${cause}`))];
  const rows = keys.map((key) => {
    const mine = runs.filter(({ program, cause }) => `${program}|${cause}` === key);
    const { program, cause, plants } = mine[0]!;
    const failing = mine.filter(({ truth }) => truth?.isFailing);
    const unclear = mine.filter(({ truth }) => truth === null).length;
    const codes = failing.flatMap(({ truth }) => (truth?.isFailing ? truth.codes : []));
    const found = [...new Set(codes)].map((code) => `${code} ${codes.filter((one) => one === code).length}`);
    const called = mine.filter(({ calls }) => calls[OURS]).length;
    const count = `${failing.length} of ${mine.length}${unclear > 0 ? `, ${unclear} unclear` : ""}`;
    return [program, cause, plants ?? "healthy", count, found.join(", ") || "–", `${called} of ${mine.length}`];
  });
  return table(["program", "cause", "plants", "failing", "what the oracle found", "called failing"], rows).join("\n");
}

/** One run in a line: what the oracle knows, and what ours said. */
export function detectionLine({ program, cause, seed, truth, calls }: DetectedRun): string {
  const codes = truth?.isFailing ? `${truth.codes.join(", ") || "no name"} from step ${truth.onset}` : "healthy";
  const call = calls[OURS];
  const said = call ? `${call.code} at step ${call.step}` : "nothing";
  return `${program}, ${cause}, seed ${seed}: ${truth === null ? "unclear" : codes}; called ${said}`;
}

/** Everything as Markdown. */
export function detectionMarkdown({ scores, unclear }: Detection): string {
  const sections = HALVES.flatMap((half) => halfSection(half, scores));
  const rest = `${unclear} runs of which the oracle says neither good nor bad twice in a row count for nothing.`;
  return [...sections, rest, ""].join("\n");
}
