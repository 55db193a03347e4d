/** @file A zip archive of images, as StyleGAN's dataset tool writes it: PNG files and a dataset.json with labels. */

import { posix } from "node:path";
import { DataError } from "../util/errors.ts";
import type { Dataset } from "./dataset.ts";
import { nameOf, withFile } from "./files.ts";
import { isImageName } from "./image-decode.ts";
import { ignoredNote, LABEL_FILE, MAX_IMAGE_BYTES } from "./image-folder.ts";
import { decodeImageSet } from "./image-set.ts";
import { type Labels, labelsFromFolders, labelsFromJson } from "./labels.ts";
import type { Reader } from "./reader.ts";
import { isZip, openZip, type ZipEntry } from "./zip.ts";

/** The most a dataset.json may inflate to (256 MiB: a few million labels). */
const MAX_JSON_BYTES = 256 * 2 ** 20;

/** Labels come from dataset.json, or from folders within the archive as in a folder on disk. */
export const imageZipReader: Reader = {
  name: "image-zip",
  describe: "zip archive of PNG, JPEG or WebP images, StyleGAN's with dataset.json or any other",
  builtIn: false,
  options: ["size", "channels", "skipCorrupt"],
  matches: ({ kind, text, head }) => kind === "file" && (isZip(head) || /\.zip$/i.test(text)),
  read({ text }, options): Promise<Dataset> {
    return withFile(text, async (file) => {
      const archive = openZip(file, text);
      const entries = archive.entries.filter(({ name }) => !isHidden(name));
      const images = entries.filter(({ name }) => isImageName(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
      const json = entries.find(({ name }) => posix.basename(name) === LABEL_FILE);
      const others = entries.filter((entry) => entry !== json && !isImageName(entry.name)).map(({ name }) => name);
      if (images.length === 0 && others.some((name) => name.endsWith(".npy"))) {
        throw new DataError(`${text} holds NumPy arrays and no images.`, {
          help: "Give it the ending .npz to have it read as such.",
        });
      }

      const found =
        json === undefined
          ? labelsFromFolders(images.map(({ name }) => name))
          : { keep: images.map((_, i) => i), notes: [] };
      const kept = found.keep.slice(0, options.limit).map((i) => images[i] as ZipEntry);
      let labelled: Labels | undefined = "labelled" in found ? found.labelled : undefined;
      if (json !== undefined) {
        const folder = json.name.slice(0, -LABEL_FILE.length);
        const paths = kept.map(({ name }) => (name.startsWith(folder) ? name.slice(folder.length) : name));
        const content = new TextDecoder().decode(archive.read(json, MAX_JSON_BYTES));
        labelled = labelsFromJson(content, paths, `${text}: ${json.name}`);
      }
      return decodeImageSet(
        {
          name: nameOf(text),
          source: text,
          images: kept.map((entry) => ({ path: entry.name, read: async () => archive.read(entry, MAX_IMAGE_BYTES) })),
          labelled,
          notes: [...ignoredNote(others), ...found.notes],
        },
        options,
      );
    });
  },
};

/** Hidden files and the shadow files that macOS adds. */
function isHidden(name: string): boolean {
  return name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}
