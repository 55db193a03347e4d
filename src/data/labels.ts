/** @file Class labels from the numbers, folder names and dataset.json files that sources carry. */

import { DataError } from "../util/errors.ts";

/** Labels of some samples: 0-based class of each, and the class names. */
export interface Labels {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** What the paths of images said about their classes. */
export interface PathLabels {
  /** Indices of the paths to use, in order (all of them, but for a train/test split). */
  readonly keep: readonly number[];
  /** Labels of the kept paths. */
  readonly labelled?: Labels;
  readonly notes: readonly string[];
}

const SPLITS = new Set(["train", "training", "test", "testing", "val", "valid", "validation"]);

/**
 * Labels from whole numbers. Values from 0 up stay as they are; negative, sparse or very large ones are renumbered in
 * ascending order, and the class names are the original values.
 *
 * @throws DataError when a value is no whole number.
 */
export function labelsFromNumbers(values: ArrayLike<number>, source: string): Labels {
  const found = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isInteger(value)) {
      throw new DataError(`${source}: the label of sample ${i} is ${value}, not a whole number.`, {
        help: "Labels are one class number per sample, from 0.",
      });
    }
    found.add(value);
  }
  const sorted = [...found].sort((a, b) => a - b);
  const max = sorted.at(-1) ?? 0;
  if ((sorted[0] ?? 0) >= 0 && max < Math.max(1000, 2 * sorted.length)) {
    return { labels: Int32Array.from(values), classes: Array.from({ length: max + 1 }, (_, k) => String(k)) };
  }
  const number = new Map(sorted.map((value, k) => [value, k]));
  return { labels: Int32Array.from(values, (value) => number.get(value) as number), classes: sorted.map(String) };
}

/**
 * Labels from class folders: `cat/1.png`, `dog/2.png`. Folders that all paths share are ignored; of a `train`/`test`
 * split only `train` is kept; a flat list has no labels.
 *
 * @param paths Relative paths with `/` between their parts.
 */
export function labelsFromFolders(paths: readonly string[]): PathLabels {
  const parts = paths.map((path) => path.split("/"));
  const all = paths.map((_, i) => i);
  let depth = sharedFolders(parts);
  const first = (i: number): string | undefined => {
    const path = parts[i] as string[];
    return path.length > depth + 1 ? path[depth] : undefined;
  };

  const notes: string[] = [];
  let keep = all;
  const tops = new Set(all.map(first));
  const train = [...tops].find((top) => top === "train" || top === "training");
  if (train !== undefined && [...tops].every((top) => top !== undefined && SPLITS.has(top))) {
    keep = all.filter((i) => first(i) === train);
    notes.push(`Only "${train}" is used, of the splits ${[...tops].join(", ")}.`);
    depth = sharedFolders(keep.map((i) => parts[i] as string[]));
  }

  const names = keep.map(first);
  const outside = names.filter((name) => name === undefined).length;
  const classes = [...new Set(names.filter((name) => name !== undefined))].sort();
  if (classes.length === 0) return { keep, notes };
  if (outside > 0) {
    notes.push(`No labels: ${outside} of ${keep.length} images lie outside the class folders.`);
    return { keep, notes };
  }
  if (classes.every((name) => /^\d{5}$/.test(name))) {
    notes.push("No labels: five-digit folders are taken for numbered chunks, not classes.");
    return { keep, notes };
  }
  const number = new Map<string | undefined, number>(classes.map((name, k) => [name, k]));
  return { keep, notes, labelled: { labels: Int32Array.from(names, (name) => number.get(name) as number), classes } };
}

/**
 * Labels from a StyleGAN `dataset.json`: `{"labels": [["00000/img0.png", 6], ...]}`. Undefined when it has none.
 *
 * @param paths Image paths relative to the folder that holds the JSON file.
 * @throws DataError when the JSON is broken, an image is not listed, or a label is no whole number.
 */
export function labelsFromJson(text: string, paths: readonly string[], source: string): Labels | undefined {
  const table = labelTable(text, source);
  if (table === undefined) return undefined;
  const values = paths.map((path) => {
    const value = table.get(path);
    if (typeof value === "number") return value;
    throw new DataError(
      `${source} ${value === undefined ? "lists no label" : "has no single class number"} for ${path}.`,
      {
        help: 'Give every image one class number, or set "labels" to null.',
      },
    );
  });
  return labelsFromNumbers(values, source);
}

function labelTable(text: string, source: string): Map<unknown, unknown> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${source} is not valid JSON.`, { help: "Mend it or remove it.", cause });
  }
  const labels = typeof parsed === "object" && parsed !== null && "labels" in parsed ? parsed.labels : undefined;
  if (labels === undefined || labels === null) return undefined;
  if (Array.isArray(labels)) {
    const table = new Map<unknown, unknown>();
    for (const pair of labels) {
      if (!Array.isArray(pair) || typeof pair[0] !== "string") throw notPairs(source);
      table.set(pair[0].replaceAll("\\", "/"), pair[1]);
    }
    return table;
  }
  if (typeof labels === "object") return new Map<unknown, unknown>(Object.entries(labels));
  throw notPairs(source);
}

function notPairs(source: string): DataError {
  return new DataError(`${source}: "labels" is not a list of [file, class] pairs.`, {
    help: 'Expected {"labels": [["00000/img0.png", 6], ...]}.',
  });
}

/** How many leading folders all paths have in common. */
function sharedFolders(parts: readonly (readonly string[])[]): number {
  const first = parts[0];
  if (first === undefined) return 0;
  let depth = 0;
  while (depth < first.length - 1 && parts.every((path) => depth < path.length - 1 && path[depth] === first[depth]))
    depth++;
  return depth;
}
