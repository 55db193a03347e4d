/** @file Logs of mimicry: what it prints, its TensorBoard files, and the .json files of metrics. */

import { directionOf } from "../evidence/metric-names.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { baseName, type Format, type LogFile, logFrom } from "./format.ts";
import { linesOf } from "./lines.ts";
import { countIn, numberIn, numberOf } from "./numbers.ts";
import { LogBook } from "./series.ts";
import { smallJson } from "./small-json.ts";
import { isEventFile, readEventFiles } from "./tensorboard.ts";

const HEAD = /\[Epoch \d+\/\d+\]\[Global Step: (\d+)\/(\d+)\]/;
const FIGURE = /\|\s*([^|:]+?):\s*([^\s|]+)/g;
const PACE = /\(([\d.]+) sec\/idx\)/;
const METRIC_FILE = /^(fid|kid|inception_score)_[\dk_]+\.json$/;

const LOSSES: Readonly<Record<string, string>> = { errG: "loss/generator", errD: "loss/discriminator" };

export const mimicry: Format = {
  name: "mimicry",
  title: "mimicry",
  files:
    "what a training printed (.log, .txt), the TensorBoard files below data/, fid_*.json, kid_*.json, inception_score_*.json, params.json",
  gives: [...Object.values(LOSSES), "fid-50k-50k and the like", "kid-50k", "inception-score-50k"],
  cannot:
    "diversity of the samples, gradients; D(x) and D(G(z)) are means of probabilities, from which no scores can be had",
  manyFiles: true,
  fits: (name) =>
    METRIC_FILE.test(baseName(name)) ||
    /\.(log|txt|out)$/.test(name) ||
    baseName(name) === "params.json" ||
    isMimicryEvents(name),
  recognises: (name, head) =>
    METRIC_FILE.test(baseName(name)) ||
    (baseName(name) === "params.json" && head.includes('"n_dis"')) ||
    HEAD.test(head) ||
    isMimicryEvents(name),
  read(files, _options) {
    const book = new LogBook();
    const notes: string[] = [];
    const params = files.find(({ name }) => baseName(name) === "params.json");
    const options = params === undefined ? {} : (smallJson(params) ?? {});
    let steps = numberIn(options.num_steps) ?? null;
    const events = files.filter(({ name }) => isEventFile(name));
    const console = files.filter(({ name }) => /\.(log|txt|out)$/.test(name));
    for (const file of console) steps = readConsole(file, book, notes) ?? steps;
    if (console.length === 0 && events.length > 0) {
      const tags = readEventFiles(events);
      notes.push(...tags.notes);
      for (const [tag, series] of tags.series) {
        const signal = LOSSES[baseName(tag)];
        if (signal !== undefined) for (const [step, value] of series.points()) book.add("scalars", signal, step, value);
      }
      for (const { step, seconds } of tags.moments) book.time(step, seconds);
    }
    for (const file of files.filter(({ name }) => METRIC_FILE.test(baseName(name)))) readScores(file, book, notes);
    const batch = countIn(options.batch_size) ?? null;
    const perStep = (batch ?? 1) * (countIn(options.n_dis) ?? 1);
    return logFrom("mimicry", book, {
      facts: {
        ...UNKNOWN_FACTS,
        kind: "images",
        steps,
        batch,
        images: batch === null || steps === null ? null : steps * perStep,
      },
      imagesAt: batch === null ? null : (step) => step * perStep,
      better: directionOf,
      files,
      notes,
    });
  },
};

/** mimicry writes every number into a folder of its name below `data`. */
function isMimicryEvents(name: string): boolean {
  return isEventFile(name) && /(^|\/)data\/(err[GD]|D\(x\)|D\(G\(z\)\))\//.test(name);
}

/** @returns The steps planned. */
function readConsole(file: LogFile, book: LogBook, notes: string[]): number | null {
  let [step, last, seconds, planned] = [Number.NaN, 0, 0, null as number | null];
  for (const { text, ended } of linesOf(file.blocks())) {
    if (!ended) {
      notes.push(`the last line of ${file.name} is torn and was left out`);
      break;
    }
    const head = HEAD.exec(text);
    if (head !== null) {
      // A process that goes on has not made the steps before it again.
      last = Number.isNaN(step) ? book.reached : step;
      step = Number(head[1]);
      planned = Number(head[2]);
      if (step <= last) {
        book.rewind(step);
        last = step;
      }
    }
    if (Number.isNaN(step)) continue;
    for (const [, name, figure] of text.matchAll(FIGURE)) {
      const signal = LOSSES[name as string];
      const value = numberOf(figure as string);
      if (signal !== undefined && value !== undefined) book.add("scalars", signal, step, value);
    }
    const pace = PACE.exec(text);
    if (pace !== null) {
      seconds += Number(pace[1]) * (step - last);
      book.time(step, seconds);
    }
  }
  return planned;
}

/** A file of scores: by step, one for each seed. Their mean is the figure. */
function readScores(file: LogFile, book: LogBook, notes: string[]): void {
  const scores = smallJson(file);
  if (scores === undefined) {
    notes.push(`${file.name} is no JSON object and was left out`);
    return;
  }
  const name = baseName(file.name)
    .replace(/\.json$/, "")
    .replace("inception_score", "inception-score")
    .replace(/_/g, "-");
  for (const [step, figures] of Object.entries(scores)) {
    const values = (Array.isArray(figures) ? figures : [figures]).flatMap((figure) => numberIn(figure) ?? []);
    if (values.length === 0 || !/^\d+$/.test(step)) continue;
    book.series("metrics", name).insert(Number(step), values.reduce((sum, value) => sum + value, 0) / values.length);
  }
}
