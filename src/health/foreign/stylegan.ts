/** @file Logs of StyleGAN2-ADA, StyleGAN3 and R3GAN: stats.jsonl, metric-*.jsonl, training_options.json. */

import { directionOf, metricOf } from "../evidence/metric-names.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { baseName, type Format, type LogFile, logFrom, PassedOver } from "./format.ts";
import { linesOf } from "./lines.ts";
import { countIn, jsonObject, numberIn } from "./numbers.ts";
import { LogBook, type Track } from "./series.ts";
import { smallJson } from "./small-json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Means over a tick, by their names in stats.jsonl. */
const SIGNALS: readonly (readonly [name: string, track: Track, signal: string])[] = [
  ["Loss/G/loss", "scalars", "loss/generator"],
  ["Loss/D/loss", "scalars", "loss/discriminator"],
  ["Loss/scores/real", "scalars", "score/real"],
  ["Loss/scores/fake", "scalars", "score/fake"],
  ["Loss/r1_penalty", "scalars", "penalty/r1"],
  ["Loss/r2_penalty", "scalars", "penalty/r2"],
  ["Loss/signs/real", "looks", "sign/real"],
  ["Loss/signs/fake", "looks", "sign/fake"],
];

export const stylegan: Format = {
  name: "stylegan",
  title: "StyleGAN2-ADA, StyleGAN3, R3GAN",
  files: "stats.jsonl, metric-*.jsonl and training_options.json of a run directory",
  gives: [
    ...SIGNALS.map(([, , signal]) => signal),
    "auc/fake (R3GAN)",
    "fid50k_full, precision-50k3_full, inception-score-50k and the other metrics",
  ],
  cannot: "diversity of the samples, gradients; that gradients which are not finite are replaced is in no log",
  manyFiles: true,
  fits: (name) => /^((training_)?stats|metric-.+)\.jsonl$|^training_options\.json$/.test(baseName(name)),
  recognises: (name, head) =>
    baseName(name) === "training_options.json" || /^\s*\{.*("Progress\/kimg"|"snapshot_pkl")/.test(head),
  read(files, _options) {
    const book = new LogBook();
    const passed = new PassedOver();
    const options = optionsOf(files);
    const batch = countIn(options.batch_size) ?? null;
    const total = numberIn(options.total_kimg);
    const stepAt = (kimg: number) => Math.round((1000 * kimg) / (batch ?? 1));
    let [stats, relativistic] = [0, false];
    const notes: string[] = [];
    for (const file of files.filter(({ name }) => name.endsWith(".jsonl"))) {
      const isMetric = baseName(file.name).startsWith("metric-");
      let begun: number | undefined;
      for (const { text, number, ended } of linesOf(file.blocks())) {
        if (text.trim() === "") continue;
        const fields = jsonObject(text);
        if (fields === undefined) {
          if (ended) passed.add(file, number);
          else notes.push(`the last line of ${file.name} is torn`);
        } else if (isMetric) {
          if (!addMetric(book, fields, stepAt)) passed.add(file, number);
        } else {
          const kimg = meanOf(fields["Progress/kimg"]);
          if (kimg === undefined) {
            passed.add(file, number);
            continue;
          }
          stats++;
          const stamp = numberIn(fields.timestamp);
          begun ??= stamp;
          const paired = meanOf(fields["Loss/r2_penalty"]) !== undefined;
          relativistic ||= paired;
          addTick(book, fields, stepAt(kimg), paired);
          book.time(stepAt(kimg), meanOf(fields["Timing/total_sec"]) ?? (stamp ?? Number.NaN) - (begun ?? Number.NaN));
        }
      }
    }
    if (batch === null)
      notes.push("the log does not say how many images are in a batch, so images are counted, not steps");
    const isStats = ({ name }: { readonly name: string }) => /stats\.jsonl$/.test(name);
    if (stats === 0)
      notes.push(`no ${files.some(isStats) ? "line of" : ""} stats.jsonl beside the metrics, so no losses`);
    const facts = {
      ...UNKNOWN_FACTS,
      kind: "images" as const,
      batch,
      steps: batch === null || total === undefined ? null : stepAt(total),
      images: total === undefined ? null : 1000 * total,
      dataCount: numberIn((options.training_set_kwargs as Fields | undefined)?.max_size) ?? null,
      objective: relativistic ? "relativistic" : "non-saturating",
      shiftFree: relativistic,
      average: true,
    };
    return logFrom("stylegan", book, {
      facts,
      imagesAt: (step) => step * (batch ?? 1),
      unit: batch === null ? "images" : "steps",
      better: directionOf,
      files,
      notes: [...notes, ...passed.notes()],
    });
  },
};

/** A mean of stats.jsonl; undefined where nothing was reported in this tick, as for what is measured every 16 steps. */
function meanOf(stat: unknown): number | undefined {
  if (typeof stat !== "object" || stat === null) return undefined;
  const { num, mean } = stat as Fields;
  return num === 0 ? undefined : numberIn(mean);
}

/** @param paired Whether the log's signs are of D(real) − D(fake), as R3GAN writes them: then they are 2·AUC − 1. */
function addTick(book: LogBook, fields: Fields, step: number, paired: boolean): void {
  for (const [name, track, signal] of SIGNALS) {
    const value = meanOf(fields[name]);
    if (value === undefined) continue;
    if (track !== "looks" || !paired) book.add(track, signal, step, value);
    else if (signal === "sign/real") book.add(track, "auc/fake", step, (1 + value) / 2);
  }
}

/** Adds a line of a metric's file; the snapshot's name says when. @returns Whether it could be read. */
function addMetric(
  book: LogBook,
  { results, snapshot_pkl: snapshot }: Fields,
  stepAt: (kimg: number) => number,
): boolean {
  const kimg = /(\d+)\.pkl$/.exec(typeof snapshot === "string" ? snapshot : "")?.[1];
  if (kimg === undefined || typeof results !== "object" || results === null) return false;
  for (const [name, figure] of Object.entries(results)) {
    const value = numberIn(figure);
    const metric = metricOf(name);
    // Judged later, an earlier snapshot is no training that went back.
    if (value !== undefined && metric !== null) book.series("metrics", metric.name).insert(stepAt(Number(kimg)), value);
  }
  return true;
}

function optionsOf(files: readonly LogFile[]): Fields {
  const file = files.find(({ name }) => baseName(name) === "training_options.json");
  const options = file === undefined ? undefined : smallJson(file);
  if (options === undefined) return {};
  // StyleGAN2-ADA wrote the batch at the top, as its successors do; older forks in the arguments of the loader.
  return {
    ...options,
    batch_size: options.batch_size ?? (options.data_loader_kwargs as Fields | undefined)?.batch_size,
  };
}
