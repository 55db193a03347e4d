/** @file A folder of image files; folders within it are classes. */

import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Dataset } from "./dataset.ts";
import { fileError, nameOf, readFileBytes } from "./files.ts";
import { isImageName } from "./image-decode.ts";
import { decodeImageSet } from "./image-set.ts";
import { type Labels, labelsFromFolders, labelsFromJson } from "./labels.ts";
import type { Reader } from "./reader.ts";

/** No image file is larger than this (128 MiB). */
export const MAX_IMAGE_BYTES = 128 * 2 ** 20;
/** StyleGAN's label file. */
export const LABEL_FILE = "dataset.json";

/** Any folder. Class names are its sub-folders, or come from a dataset.json; a flat folder has no labels. */
export const imageFolderReader: Reader = {
  name: "image-folder",
  describe: "folder of PNG, JPEG or WebP images, flat or with one folder per class",
  builtIn: false,
  options: ["size", "channels", "skipCorrupt"],
  matches: ({ kind }) => kind === "folder",
  async read(source, options): Promise<Dataset> {
    const root = source.text;
    const files: string[] = [];
    await walk(root, "", files, new Set());
    const paths = files.filter(isImageName).sort();
    const hasLabelFile = files.includes(LABEL_FILE);
    const notes = ignoredNote(files.filter((file) => !isImageName(file) && file !== LABEL_FILE));

    const found = hasLabelFile ? { keep: paths.map((_, i) => i), notes: [] } : labelsFromFolders(paths);
    const keep = found.keep.slice(0, options.limit);
    const kept = keep.map((i) => paths[i] as string);
    let labelled: Labels | undefined = "labelled" in found ? found.labelled : undefined;
    if (hasLabelFile) {
      const path = join(root, LABEL_FILE);
      labelled = labelsFromJson(new TextDecoder().decode(await readFileBytes(path)), kept, path);
    }
    return decodeImageSet(
      {
        name: nameOf(root),
        source: root,
        images: kept.map((path) => ({ path, read: () => readFileBytes(join(root, path), MAX_IMAGE_BYTES) })),
        labelled,
        notes: [...notes, ...found.notes],
      },
      options,
    );
  },
};

/** What to say about files that are no images. */
export function ignoredNote(files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const kinds = [...new Set(files.map((file) => extname(file).toLowerCase() || "no ending"))].sort();
  return [`${files.length} other files were ignored (${kinds.slice(0, 8).join(", ")}).`];
}

/** Collects the files below a folder as paths with `/` between the parts. Hidden ones are left out, links followed. */
async function walk(root: string, folder: string, files: string[], visited: Set<string>): Promise<void> {
  const here = join(root, folder);
  let entries: Dirent[];
  try {
    const real = await realpath(here);
    if (visited.has(real)) return; // a link that leads back up
    visited.add(real);
    entries = await readdir(here, { withFileTypes: true });
  } catch (cause) {
    throw fileError(here, cause);
  }
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const kind = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
    if (kind?.isDirectory()) await walk(root, path, files, visited);
    else if (kind?.isFile()) files.push(path);
  }
}
