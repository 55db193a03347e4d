/** @file Logs of BigGAN-PyTorch: a file for each number, `itr: value`, and a .jsonl file of metrics. */

import { directionOf } from "../evidence/metric-names.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { baseName, type Format, type LogFile, logFrom, PassedOver } from "./format.ts";
import { linesOf } from "./lines.ts";
import { jsonObject, numberIn, numberOf } from "./numbers.ts";
import { LogBook, Series } from "./series.ts";

const LINE = /^(\d+):\s*(\S+)\s*$/;
/** Logs of largest singular values: `G_blocks_0_0_conv1_sv0.log`. */
const SINGULAR = /^([GD])_(.+)_sv0$/;

const METRICS: Readonly<Record<string, string>> = { FID: "fid", IS_mean: "inception-score" };

export const biggan: Format = {
  name: "biggan",
  title: "BigGAN-PyTorch",
  files: "the .log files of a training, one for each number, its _log.jsonl and metalog.txt",
  gives: [
    "loss/generator",
    "loss/discriminator",
    "spectral/generator",
    "spectral/discriminator",
    "fid",
    "inception-score",
  ],
  cannot: "diversity of the samples, gradients, scores, how long it took between the evaluations",
  manyFiles: true,
  fits: (name) => /\.(log|jsonl)$|^metalog\.txt$/.test(baseName(name)),
  recognises: (name, head) => {
    const [first = ""] = head.split("\n", 1);
    if (baseName(name) === "metalog.txt") return first.startsWith("datetime:");
    return name.endsWith(".log") ? LINE.test(first) : /"itr":.*"(FID|IS_mean)":|"(FID|IS_mean)":.*"itr":/.test(first);
  },
  read(files, _options) {
    const book = new LogBook();
    const passed = new PassedOver();
    const notes: string[] = [];
    const parts = { D_loss_real: new Series(), D_loss_fake: new Series() };
    const largest = { G: new Map<number, number>(), D: new Map<number, number>() };
    const used: LogFile[] = [];
    for (const file of files) {
      const name = baseName(file.name).replace(/\.[a-z]+$/, "");
      const singular = SINGULAR.exec(name);
      const take =
        name === "G_loss"
          ? (step: number, value: number) => book.add("scalars", "loss/generator", step, value)
          : name === "D_loss_real" || name === "D_loss_fake"
            ? (step: number, value: number) => parts[name].push(step, value)
            : singular !== null
              ? (step: number, value: number) => raise(largest[singular[1] as "G" | "D"], step, value)
              : undefined;
      if (file.name.endsWith(".jsonl")) readMetrics(file, book, passed, notes);
      else if (take !== undefined) readNumbers(file, take, passed, notes);
      else continue;
      used.push(file);
    }
    const fakes = new Map(parts.D_loss_fake.points());
    for (const [step, real] of parts.D_loss_real.points()) {
      const fake = fakes.get(step);
      if (fake !== undefined) book.add("scalars", "loss/discriminator", step, real + fake);
    }
    for (const [player, values] of [
      ["generator", largest.G],
      ["discriminator", largest.D],
    ] as const) {
      for (const [step, value] of [...values].sort(([a], [b]) => a - b))
        book.add("looks", `spectral/${player}`, step, value);
    }
    const { batch, perStep } = settings(files);
    return logFrom("biggan", book, {
      facts: { ...UNKNOWN_FACTS, kind: "images", batch },
      imagesAt: batch === null ? null : (step) => step * perStep,
      better: directionOf,
      files: used,
      notes: [...notes, ...passed.notes()],
    });
  },
};

function raise(largest: Map<number, number>, step: number, value: number): void {
  const before = largest.get(step);
  // Math.max keeps NaN, as it should.
  largest.set(step, before === undefined ? value : Math.max(before, value));
}

function readNumbers(
  file: LogFile,
  take: (step: number, value: number) => void,
  passed: PassedOver,
  notes: string[],
): void {
  for (const { text, number, ended } of linesOf(file.blocks())) {
    if (!ended) {
      notes.push(`the last line of ${file.name} is torn and was left out`);
      break;
    }
    const match = LINE.exec(text);
    const value = numberOf(match?.[2] ?? "");
    if (match !== null && value !== undefined) take(Number(match[1]), value);
    else if (text.trim() !== "") passed.add(file, number);
  }
}

function readMetrics(file: LogFile, book: LogBook, passed: PassedOver, notes: string[]): void {
  let begun: number | undefined;
  for (const { text, number, ended } of linesOf(file.blocks())) {
    if (text.trim() === "") continue;
    const fields = jsonObject(text);
    const step = numberIn(fields?.itr);
    if (fields === undefined || step === undefined) {
      if (ended) passed.add(file, number);
      else notes.push(`the last line of ${file.name} is torn and was left out`);
      continue;
    }
    for (const [key, name] of Object.entries(METRICS)) {
      const value = numberIn(fields[key]);
      if (value !== undefined) book.add("metrics", name, step, value);
    }
    const stamp = numberIn(fields._stamp) ?? Number.NaN;
    // The first stamp is of the first evaluation, not of the beginning: hours count from there.
    begun ??= stamp;
    book.time(step, stamp - begun);
  }
}

/** Samples of a batch, and real images shown in a step, by metalog.txt; 1 where there is none. */
function settings(files: readonly LogFile[]): { readonly batch: number | null; readonly perStep: number } {
  const file = files.find(({ name }) => baseName(name) === "metalog.txt");
  if (file === undefined) return { batch: null, perStep: 1 };
  let text = "";
  for (const line of linesOf(file.blocks())) if (line.number <= 10) text += `${line.text}\n`;
  const setting = (name: string) => Number(new RegExp(`'${name}': (\\d+)`).exec(text)?.[1] ?? Number.NaN);
  const batch = setting("batch_size");
  if (!(batch >= 1)) return { batch: null, perStep: 1 };
  return { batch, perStep: batch * (setting("num_D_accumulations") || 1) * (setting("num_D_steps") || 1) };
}
