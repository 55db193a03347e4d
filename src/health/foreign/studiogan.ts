/** @file Logs of PyTorch-StudioGAN: one text file a training, with losses every 100 steps and metrics every few thousand. */

import { directionOf } from "../evidence/metric-names.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { type Format, type LogFile, logFrom } from "./format.ts";
import { linesOf } from "./lines.ts";
import { countIn, numberOf } from "./numbers.ts";
import { LogBook } from "./series.ts";

const LINE = /^\[INFO\] \d{4}-\d\d-\d\d \d\d:\d\d:\d\d > /;
const STEP = /^Step:\s*(\d+)\s.*?Elapsed:\s*(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)\s(.*)$/;
const PAIR = /(\w+):\s*(\S+)/g;
/** "Best FID score" is no evaluation, so the name must stand at the beginning. */
const METRIC = /^([A-Z][\w/ ]*?) \(Step:\s*(\d+)[^)]*\):\s*(\S+)/;

const LOSSES: Readonly<Record<string, string>> = {
  Gen_loss: "loss/generator",
  Generator_loss: "loss/generator",
  Dis_loss: "loss/discriminator",
  Discriminator_loss: "loss/discriminator",
};

const METRICS: Readonly<Record<string, string>> = {
  "FID score": "fid",
  "Inception score": "inception-score",
  "Improved Precision": "precision",
  "Improved Recall": "recall",
  Density: "density",
  Coverage: "coverage",
  "F_8 score": "f8",
  "F_1/8 score": "f1-8",
};

/** Names of objectives, theirs and ours, and whether adding a constant to all logits changes nothing. */
const OBJECTIVES: Readonly<Record<string, readonly [name: string, shiftFree: boolean]>> = {
  vanilla: ["non-saturating", false],
  logistic: ["non-saturating", false],
  hinge: ["hinge", false],
  least_square: ["least-squares", false],
  wasserstein: ["wasserstein", true],
};

export const studiogan: Format = {
  name: "studiogan",
  title: "PyTorch-StudioGAN",
  files: "the .log file of a training",
  gives: ["loss/generator", "loss/discriminator", ...Object.values(METRICS)],
  cannot:
    "diversity of the samples, gradients, scores; the discriminator's loss may include terms for the classes, so it is not the adversarial part alone",
  manyFiles: false,
  fits: (name) => /\.(log|txt|out)$/i.test(name),
  recognises: (_name, head) => head.split("\n").some((line) => LINE.test(line)),
  read([file], _options) {
    const book = new LogBook();
    const facts: Record<string, string> = {};
    const notes: string[] = [];
    let [last, late, again] = [0, 0, 0];
    for (const { text, ended } of linesOf((file as LogFile).blocks())) {
      if (!ended) {
        notes.push("the last line is torn and was left out");
        break;
      }
      const message = LINE.test(text) ? text.replace(LINE, "") : text;
      const step = STEP.exec(message);
      if (step !== null) {
        const now = Number(step[1]);
        if (now <= last) book.rewind(now);
        last = now;
        addLosses(book, now, step[6] as string);
        const [days, hours, minutes, seconds] = [step[2] ?? "0", step[3], step[4], step[5]].map(Number) as number[];
        book.time(now, ((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!);
        continue;
      }
      const placed = addMetric(book, message, last);
      if (placed === "late") late++;
      if (placed === "again") again++;
      if (last === 0) Object.assign(facts, factsIn(message));
    }
    const figures = (count: number) => (count === 1 ? "1 figure" : `${count} figures`);
    if (late > 0) notes.push(`${figures(late)} of earlier steps, judged later: counted at those steps`);
    if (again > 0) notes.push(`${figures(again)} of steps that had been judged before: left out, the first counts`);
    const [objective, shiftFree] = OBJECTIVES[facts.adv_loss ?? ""] ?? [null, null];
    const count = (name: string) => countIn(facts[name]) ?? null;
    const batch = count("batch_size");
    const perStep = (batch ?? 1) * (count("d_steps_per_iter") ?? count("d_updates_per_step") ?? 1);
    const steps = count("total_step") ?? count("total_steps");
    return logFrom("studiogan", book, {
      facts: {
        ...UNKNOWN_FACTS,
        kind: "images",
        steps,
        images: batch === null || steps === null ? null : perStep * steps,
        batch,
        dataCount: count("dataset_size"),
        objective,
        shiftFree,
        average: facts.ema === undefined ? null : facts.ema === "true",
      },
      imagesAt: batch === null ? null : (at) => at * perStep,
      better: directionOf,
      files: [file as LogFile],
      notes,
    });
  },
};

function addLosses(book: LogBook, step: number, rest: string): void {
  for (const [, name, text] of rest.matchAll(PAIR)) {
    const signal = LOSSES[name as string];
    const value = numberOf(text as string);
    if (signal !== undefined && value !== undefined) book.add("scalars", signal, step, value);
  }
}

/** @returns `late` for a figure of an earlier step than the training has reached, which counts there; `again` for one of a step that has one, which is left out; else null. */
function addMetric(book: LogBook, message: string, last: number): "late" | "again" | null {
  const match = METRIC.exec(message);
  const name = METRICS[match?.[1] ?? ""];
  const value = numberOf(match?.[3] ?? "");
  if (match === null || name === undefined || value === undefined) return null;
  const step = Number(match[2]);
  if (!book.series("metrics", name).insert(step, value)) return "again";
  return step < last ? "late" : null;
}

/** What the head of a log says of the training: a line of its settings, as JSON or as Python prints them. */
function factsIn(message: string): Record<string, string> {
  const size = /^Train dataset size\s*:\s*(\d+)/.exec(message)?.[1];
  if (size !== undefined) return { dataset_size: size };
  const setting =
    /["']?\b(batch_size|d_steps_per_iter|d_updates_per_step|total_steps?|adv_loss|ema|apply_g_ema)["']?\s*[:=]\s*["']?([\w.]+)/.exec(
      message,
    );
  if (setting === null) return {};
  const name = setting[1] === "apply_g_ema" ? "ema" : (setting[1] as string);
  return { [name]: (setting[2] as string).toLowerCase() };
}
