// The benchmark's results as text: one set of tables, printed and written.
import { aimsOf, number, pytorchOf, verdict } from "./aims.mjs";

function table(head, rows) {
  const lines = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = (line) => `| ${line.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  return [text(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(text)].join("\n");
}

const range = (ratio) => (ratio ? `${number(ratio.median)} (${number(ratio.min)}–${number(ratio.max)})` : "");

function peerRow(peer) {
  const { name, threads, unsupported, stepMs, ratio, gflops, ofMatmul, peakMb, rounds, stepsPerRound } = peer;
  if (unsupported !== undefined)
    return [name, "", "", "", "", "", "", "", `not measured: ${unsupported.split("\n")[0]}`];
  return [
    name,
    String(threads),
    number(stepMs.median),
    number(stepMs.min),
    range(ratio),
    number(gflops?.median),
    name === "matmul" ? "100" : number(ofMatmul?.median),
    number(peakMb),
    `${rounds} x ${stepsPerRound} steps`,
  ];
}

const HEAD = [
  "peer",
  "threads",
  "median ms",
  "least ms",
  "time / Gantry's",
  "GFLOP/s",
  "% of matmul",
  "peak MB",
  "rounds",
];

function caseSection(result) {
  const { case: name, batch, flopsPerStep, peers, plain, timesPlain } = result;
  const work = flopsPerStep ? `, ${number(flopsPerStep / 1e9)} GFLOP a step` : "";
  const best = pytorchOf(result);
  const alternatives = peers.filter((p) => p.name.startsWith("pytorch") && p !== best && p.stepMs).length;
  const note = alternatives > 0 ? `\n\nThe aims quote PyTorch with the better number of threads, ${best.threads}.` : "";
  const times = timesPlain ? `\n\nGantry's step takes ${range(timesPlain)} times that of ${plain}.` : "";
  const problems = peers.filter((p) => p.problem).map((p) => `\n\n${p.name} dropped out: ${p.problem.split("\n")[0]}`);
  return `### ${name} (batch ${batch}${work})\n\n${table(HEAD, peers.map(peerRow))}${times}${note}${problems.join("")}`;
}

function commandSection({ help, firstStep, training }) {
  const row = (name, { unsupported, median, min, max }) =>
    unsupported === undefined
      ? [name, `${number(median)} ms (${number(min)}–${number(max)})`]
      : [name, `not measured: ${unsupported}`];
  const memory =
    training.unsupported === undefined ? `${number(training.peakMb)} MB` : `not measured: ${training.unsupported}`;
  const rows = [
    row("`gantry --help`", help),
    row("first step of `gantry train --preset dcgan --data mnist`, from the start of the command", firstStep),
    ["peak memory of 40 steps of the same, with its data, moving average, samples and checkpoint", memory],
  ];
  return `### The command\n\n${table(["what", "median"], rows)}`;
}

function aimsSection(results) {
  const rows = aimsOf(results).map((aim) => {
    const text = aim.aim === undefined ? "—" : aim.text;
    const value = aim.value === undefined ? "—" : `${number(aim.value)} ${aim.unit}`;
    return [aim.name, text, value, verdict(aim)];
  });
  return `## Aims\n\n${table(["what", "aim", "measured", ""], rows)}`;
}

/** Peers whose threads used the processor while it was another's turn, as lines of warning. */
function spinners({ cases }) {
  const found = cases.flatMap(({ case: name, peers }) => peers.map((peer) => ({ name, peer })));
  return found
    .filter(({ peer }) => peer.idleShare > 0.02)
    .map(({ name, peer }) => `${peer.name} used ${number(100 * peer.idleShare)} % of a core while others ran ${name}.`);
}

function machineSection({ machine, versions, date, load, protocol }) {
  const rows = [
    ["date", date],
    ["processor", `${machine.cpu}, ${machine.cores} cores`],
    ["memory", `${machine.memoryGb} GB`],
    ["system", machine.system],
    ...(machine.device === "cpu" ? [] : [["Gantry's steps run on", machine.device]]),
    ["load when it began", `${load.toFixed(2)}${load > 0.5 ? " — TOO HIGH: take no figure here as final" : ""}`],
    ...Object.entries(versions).map(([name, version]) => [name, version ?? "not found"]),
    ["protocol", protocol],
  ];
  return table(["", ""], rows);
}

/** The whole report, in Markdown. */
export function report(results) {
  const warnings = spinners(results);
  return [
    "# Benchmark results",
    "Written by `npm run bench`; [README.md](README.md) tells how to read it.",
    machineSection(results),
    ...(warnings.length > 0 ? [`Not idle in turn: ${warnings.join(" ")}`] : []),
    aimsSection(results),
    "## Cases",
    ...results.cases.map(caseSection),
    ...(results.command ? [commandSection(results.command)] : []),
    "",
  ].join("\n\n");
}
