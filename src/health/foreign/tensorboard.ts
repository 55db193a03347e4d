/** @file TensorBoard's event files, of any trainer: scalars by tag. */

import { DataError } from "../../util/errors.ts";
import { UNKNOWN_FACTS } from "../history.ts";
import { betterOf, chooseColumns, placeColumn } from "./columns.ts";
import { baseName, type Format, folderOf, type LogFile, logFrom, wentBack } from "./format.ts";
import { LogBook, type Moment, Series } from "./series.ts";
import { decodeEvent } from "./tf-events.ts";
import { recordsOf } from "./tf-records.ts";

/** Whether a name is one of an event file. */
export const isEventFile = (name: string): boolean => /tfevents/.test(baseName(name));

/** What event files hold. */
export interface Tags {
  /** By tag; where several folders have it, by the name of the folder, or `folder/tag`. */
  readonly series: ReadonlyMap<string, Series>;
  readonly moments: readonly Moment[];
  readonly notes: readonly string[];
}

export const tensorboard: Format = {
  name: "tensorboard",
  title: "TensorBoard, of any trainer",
  files: "events.out.tfevents.* files of one training, or a folder of them",
  gives: ["losses, scores, gradients and metrics whose tags have names that are known; any tag with --columns"],
  cannot: "what no tag holds; mostly diversity of the samples, and how many images a step shows",
  manyFiles: true,
  fits: isEventFile,
  recognises: isEventFile,
  read(files, { columns }) {
    const tags = readEventFiles(files);
    const book = new LogBook();
    const names = [...tags.series.keys()];
    const { chosen, notes, unknown } = chooseColumns(names, columns, "tag");
    // StyleGAN counts thousands of images.
    const scale = tags.series.has("Progress/kimg") ? 1000 : 1;
    for (const { target, column } of chosen) {
      for (const [step, value] of tags.series.get(column)!.points()) placeColumn(book, target, step * scale, value);
    }
    for (const { step, seconds } of tags.moments) book.time(step * scale, seconds);
    return logFrom("tensorboard", book, {
      facts: UNKNOWN_FACTS,
      imagesAt: scale === 1 ? null : (step) => step,
      unit: scale === 1 ? "steps" : "images",
      better: betterOf(chosen),
      files,
      notes: [
        ...tags.notes,
        ...notes,
        ...(unknown > 0 ? [`${unknown} of ${names.length} tags are no signal that is known`] : []),
      ],
    });
  },
};

/**
 * Reads event files, those of a folder in the order of their names, as one training.
 *
 * @throws DataError when none holds an event, or the folders are of several trainings.
 */
export function readEventFiles(files: readonly LogFile[]): Tags {
  const folders = new Map<string, FolderTags>();
  const notes: string[] = [];
  for (const file of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = folders.get(folderOf(file.name)) ?? new FolderTags();
    folders.set(folderOf(file.name), folder);
    folder.read(file, notes);
  }
  const full = [...folders].filter(([, { series }]) => series.size > 0);
  if (full.length === 0) {
    throw new DataError(
      `${files
        .map(({ name }) => name)
        .slice(0, 3)
        .join(", ")}: no number can be read in these event files`,
      {
        help: notes[0] ?? "they hold no scalars",
      },
    );
  }
  const count = new Map<string, number>();
  for (const [, { series }] of full) for (const tag of series.keys()) count.set(tag, (count.get(tag) ?? 0) + 1);
  // A trainer that gives each number a folder (as add_scalars does) has one tag in each.
  const several = full.filter(
    ([, { series }]) => series.size > 1 && [...series.keys()].every((tag) => (count.get(tag) as number) > 1),
  );
  if (several.length > 1) {
    throw new DataError(
      `these event files are of ${several.length} trainings: ${several
        .map(([name]) => name || ".")
        .slice(0, 8)
        .join(", ")}`,
      {
        help: "name the folder of one",
      },
    );
  }
  const series = new Map<string, Series>();
  for (const [name, folder] of full) {
    for (const [tag, one] of folder.series) {
      const shared = (count.get(tag) as number) > 1;
      // Such a folder's name says what the number is: Loss_G/ and Loss_D/ both have the tag Loss.
      series.set(!shared ? tag : folder.series.size === 1 ? baseName(name) : `${name}/${tag}`, one);
    }
  }
  const all = full.flatMap(([, folder]) => [...folder.series.values()]);
  notes.push(...wentBack(Math.max(...all.map(({ rewinds }) => rewinds))));
  const longest = full.reduce((a, b) => (b[1].clock.length > a[1].clock.length ? b : a));
  return { series, moments: Array.from(longest[1].clock.points(), ([step, seconds]) => ({ step, seconds })), notes };
}

/** The numbers of a folder's files. */
class FolderTags {
  readonly series = new Map<string, Series>();
  readonly clock = new Series();
  private begun: number | undefined;

  read(file: LogFile, notes: string[]): void {
    const records = recordsOf(file.blocks());
    let next = records.next();
    for (; next.done !== true; next = records.next()) {
      try {
        this.add(next.value);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        notes.push(`${file.name} holds a record that is no event`);
        return;
      }
    }
    const { bytes, how } = next.value;
    if (how === "torn") notes.push(`the last record of ${file.name} is torn and was left out`);
    if (how === "damaged") {
      if (bytes === 0) {
        throw new DataError(`${file.name} is no event file: the checksum of its first record does not match`, {
          help: "it is damaged, or something else",
        });
      }
      notes.push(`${file.name} is damaged at byte ${bytes}; what follows was left out`);
    }
  }

  private add(record: Uint8Array): void {
    const { wallTime, step, start, scalars } = decodeEvent(record);
    if (start && step > 0) for (const series of [...this.series.values(), this.clock]) series.cutFrom(step);
    if (scalars.length === 0) return;
    for (const { tag, value } of scalars) {
      const series = this.series.get(tag) ?? new Series();
      this.series.set(tag, series);
      series.push(step, value);
    }
    this.begun ??= wallTime;
    if (step > this.clock.lastStep || step < this.clock.lastStep) this.clock.push(step, wallTime - this.begun);
  }
}
