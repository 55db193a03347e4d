/** @file Detection in the zoo as tables of Markdown. */

import { FAILURE_CODES } from "../../health/codes.ts";
import { HALVES, type Half } from "../../health/zoo/program.ts";
import { type Aside, type DetectedRun, type Detection, type DetectorScore, OURS, type PartScore } from "./detect.ts";
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

/** What ours came to in parts of the runs. */
const partsTable = (parts: readonly PartScore[]): string[] =>
  table(
    ["of `gantry`, in parts", "failing found", "false alarms", "balanced accuracy", "median delay"],
    parts.map(({ part, failing, healthy, sensitivity, falseAlarms, balancedAccuracy, delay }) => [
      part,
      `${Math.round((sensitivity ?? 0) * failing)} of ${failing}`,
      `${falseAlarms} of ${healthy}`,
      percent(balancedAccuracy),
      percent(delay),
    ]),
  );

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

/** What counts for nothing, and what the figures would be if it counted against the detector. */
function asideText(half: Half, ours: DetectorScore, aside: readonly Aside[]): string {
  const of = (outcome: Aside["outcome"]) => {
    const found = aside.find((each) => each.half === half && each.outcome === outcome);
    return { runs: found?.runs ?? 0, called: found?.called ?? 0 };
  };
  const [recovered, unclear] = [of("recovered"), of("unclear")];
  if (recovered.runs + unclear.runs === 0) return "";
  const [alarms, healthy] = [ours.falseAlarms + recovered.called, ours.healthy + recovered.runs];
  const parts = [
    ...(recovered.runs > 0
      ? [
          `${recovered.runs} that had failed for more than a quarter of the looks and recovered (${recovered.called} called)`,
        ]
      : []),
    ...(unclear.runs > 0
      ? [`${unclear.runs} with an end neither good nor bad twice in a row (${unclear.called} called)`]
      : []),
  ];
  const strict =
    recovered.runs > 0 && ours.sensitivity !== null
      ? ` With the recovered among the healthy: ${alarms} false alarms in ${healthy}, balanced accuracy ${percent((ours.sensitivity + 1 - alarms / healthy) / 2)}.`
      : "";
  return ` Counted for nothing: ${parts.join("; ")}.${strict}`;
}

function halfSection(half: Half, { scores, parts, aside }: Detection): string[] {
  const mine = scores.filter((score) => score.half === half);
  const ours = mine.find(({ detector }) => detector === OURS);
  if (ours === undefined || ours.failing + ours.healthy === 0) return [];
  return [
    `#### ${half === "held-out" ? "Held-out programs" : "Calibration programs"}`,
    "",
    `${ours.failing} failing and ${ours.healthy} healthy runs.${asideText(half, ours, aside)}`,
    "",
    ...table(
      ["detector", "failing found", "false alarms", "balanced accuracy", "median delay", "name right: first, any"],
      mine.map(detectorRow),
    ),
    "",
    ...partsTable(parts.filter((part) => part.half === half)),
    "",
    ...codesTable(ours),
    "",
    ...confusionTable(ours),
    "",
  ];
}

/** In how many of the runs that were to fail in some way the oracle found them fail so. */
function plantsTable(runs: readonly DetectedRun[]): string[] {
  const codes = FAILURE_CODES.filter((code) => runs.some(({ plants }) => plants === code));
  const rows = codes.map((code) => [
    `\`${code}\``,
    ...HALVES.map((half) => {
      const mine = runs.filter((run) => run.half === half && run.plants === code);
      const found = mine.filter(({ truth }) => truth?.isFailing && truth.codes.includes(code));
      return `${found.length} of ${mine.length}`;
    }),
  ]);
  return table(["planted", ...HALVES.map((half) => `found, ${half}`)], rows);
}

/** What the oracle found of what was planted, and in the runs of each case, and how many of them ours called failing. */
export function casesMarkdown(runs: readonly DetectedRun[]): string {
  const keys = [...new Set(runs.map(({ program, cause }) => `${program}|${cause}`))];
  const rows = keys.map((key) => {
    const mine = runs.filter(({ program, cause }) => `${program}|${cause}` === key);
    const { program, cause, plants } = mine[0]!;
    const failing = mine.filter(({ truth }) => truth?.isFailing);
    const aside = (["recovered", "unclear"] as const).flatMap((outcome) => {
      const runs = mine.filter((run) => run.outcome === outcome).length;
      return runs > 0 ? [`${runs} ${outcome}`] : [];
    });
    const codes = failing.flatMap(({ truth }) => (truth?.isFailing ? truth.codes : []));
    const found = [...new Set(codes)].map((code) => `${code} ${codes.filter((one) => one === code).length}`);
    const called = mine.filter(({ calls }) => calls[OURS]).length;
    const count = [`${failing.length} of ${mine.length}`, ...aside].join(", ");
    return [program, cause, plants ?? "healthy", count, found.join(", ") || "–", `${called} of ${mine.length}`];
  });
  return [
    ...plantsTable(runs),
    "",
    ...table(["program", "cause", "plants", "failing", "what the oracle found", "called failing"], rows),
  ].join("\n");
}

/** One run in a line: what the oracle knows, and what ours said. */
export function detectionLine({ program, cause, seed, outcome, truth, calls }: DetectedRun): string {
  const codes = truth?.isFailing ? `${truth.codes.join(", ") || "no name"} from step ${truth.onset}` : outcome;
  const call = calls[OURS];
  const said = call ? `${call.code} at step ${call.step}` : "nothing";
  return `${program}, ${cause}, seed ${seed}: ${codes}; called ${said}`;
}

/** Everything as Markdown. */
export const detectionMarkdown = (detection: Detection): string =>
  HALVES.flatMap((half) => halfSection(half, detection)).join("\n");
