/** @file Many encoded images, from a folder or an archive, made into one data set. */

import { availableParallelism } from "node:os";
import { DataError } from "../util/errors.ts";
import type { DataOptions, ImageConversion, ImageDataset, SkippedItem } from "./dataset.ts";
import { isCroppedMuch, isEnlargedMuch } from "./fit.ts";
import { decodeInto, type ImageHeader, loadSharp, readHeader } from "./image-decode.ts";
import type { Labels } from "./labels.ts";
import { byteRange } from "./values.ts";

/** An encoded image that can be read when it is needed. */
export interface EncodedImage {
  /** Path within the folder or archive, for labels and messages. */
  readonly path: string;
  read(): Promise<Uint8Array>;
}

/** Encoded images and what is known about them. */
export interface ImageSet {
  readonly name: string;
  /** What to call the whole in messages, usually its path. */
  readonly source: string;
  readonly images: readonly EncodedImage[];
  readonly labelled: Labels | undefined;
  readonly notes: readonly string[];
}

/** How many failures or sizes a message names. */
const NAMED = 5;

/**
 * Decodes all images, several at once. Headers are read first, so that wrong sizes are found before the long work.
 *
 * Grey when every image is grey, else colour; transparency is composited on white.
 *
 * @throws DataError when there is no image, when sizes differ and no `size` was asked for, or when images are damaged
 * and `skipCorrupt` is off; it names the first of them.
 */
export async function decodeImageSet(set: ImageSet, options: DataOptions): Promise<ImageDataset> {
  if (set.images.length === 0) {
    throw new DataError(`${set.source} holds no PNG, JPEG or WebP images.`, {
      help: "Pass a folder or zip archive with images in it, or in one folder per class.",
    });
  }
  const sharp = await loadSharp();
  const skipped: SkippedItem[] = [];
  const open = async (i: number) => sharp(await (set.images[i] as EncodedImage).read());

  const headers = new Map<number, ImageHeader>();
  const all = set.images.map((_, i) => i);
  await attempt(set, all, skipped, async (i) => headers.set(i, await readHeader(await open(i))));
  refuseSkipped(set, skipped, options);
  const usable = all.filter((i) => headers.has(i));
  const known = usable.map((i) => headers.get(i) as ImageHeader);

  const notes = [...set.notes];
  const channels = options.channels ?? chooseChannels(known, notes);
  const [height, width] = chooseSize(set, known, options, notes);
  const transparent = known.filter((header) => header.transparent).length;
  if (transparent > 0)
    notes.push(`${transparent} of ${known.length} images have an alpha channel: composited on white.`);

  const shape = [channels, height, width] as const;
  const bytes = channels * height * width;
  let data = allocate(usable.length * bytes, set.source);
  const row = new Map(usable.map((i, at) => [i, at]));
  const broken = skipped.length;
  await attempt(set, usable, skipped, async (i) => {
    const at = row.get(i) as number;
    await decodeInto(await open(i), shape, data.subarray(at * bytes, (at + 1) * bytes));
  });
  refuseSkipped(set, skipped, options);

  let kept = usable;
  if (skipped.length > broken) {
    const gone = new Set(skipped.map(({ item }) => item));
    kept = usable.filter((i) => !gone.has((set.images[i] as EncodedImage).path));
    for (const [at, i] of kept.entries()) {
      const from = row.get(i) as number;
      data.copyWithin(at * bytes, from * bytes, (from + 1) * bytes);
    }
    data = data.subarray(0, kept.length * bytes);
  }
  const { labelled } = set;
  const conversion = convertedTo(shape, known, transparent);
  return {
    kind: "images",
    name: set.name,
    count: kept.length,
    shape,
    data,
    valueRange: byteRange(data),
    ...(conversion && { conversion }),
    ...(labelled && { classes: labelled.classes, labels: Int32Array.from(kept, (i) => labelled.labels[i] as number) }),
    skipped: skipped.sort((a, b) => (a.item < b.item ? -1 : 1)),
    notes,
  };
}

/** Runs `work` on the images of these indices, a few at once; failures are collected in `skipped`. */
async function attempt(
  set: ImageSet,
  indices: readonly number[],
  skipped: SkippedItem[],
  work: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < indices.length) {
      const i = indices[next++] as number;
      try {
        await work(i);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        skipped.push({ item: (set.images[i] as EncodedImage).path, reason: reason.trim().replace(/\s*\n\s*/g, "; ") });
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
}

function refuseSkipped(set: ImageSet, skipped: readonly SkippedItem[], options: DataOptions): void {
  if (skipped.length === 0) return;
  const everything = skipped.length === set.images.length;
  if (options.skipCorrupt === true && !everything) return;
  const sorted = [...skipped].sort((a, b) => (a.item < b.item ? -1 : 1));
  const named = sorted.slice(0, NAMED).map(({ item, reason }) => `${item} (${reason})`);
  if (sorted.length > NAMED) named.push("...");
  throw new DataError(
    `${set.source}: ${skipped.length} of ${set.images.length} images cannot be read: ${named.join(", ")}.`,
    {
      help: everything
        ? "Check that these are PNG, JPEG or WebP images."
        : "Mend or remove them, or set data.skipCorrupt=true to leave them out.",
    },
  );
}

function chooseChannels(headers: readonly ImageHeader[], notes: string[]): 1 | 3 {
  const grey = headers.filter((header) => header.grey).length;
  if (grey === headers.length) return 1;
  if (grey > 0)
    notes.push(`${grey} of ${headers.length} images are grey; all were read as colour. Set channels to 1 for grey.`);
  return 3;
}

/** What bringing images of these headers to `shape` does to them; undefined where it harms none. */
function convertedTo(
  [, height, width]: readonly [number, number, number],
  headers: readonly ImageHeader[],
  transparent: number,
): ImageConversion | undefined {
  // Only what is brought to a square is scaled or cropped.
  const fitted = height === width ? headers : [];
  const enlarged = fitted.filter((header) => isEnlargedMuch(header.height, header.width, width)).length;
  const cropped = fitted.filter((header) => isCroppedMuch(header.height, header.width)).length;
  return transparent + enlarged + cropped === 0 ? undefined : { transparent, enlarged, cropped };
}

/** The [height, width] all images are brought to. */
function chooseSize(
  set: ImageSet,
  headers: readonly ImageHeader[],
  options: DataOptions,
  notes: string[],
): readonly [number, number] {
  const tally = new Map<string, number>();
  for (const { width, height } of headers) tally.set(`${width}x${height}`, (tally.get(`${width}x${height}`) ?? 0) + 1);
  const sizes = [...tally].sort((a, b) => b[1] - a[1]);
  const listed = sizes.slice(0, NAMED).map(([size, count]) => `${size} (${count})`);
  if (sizes.length > NAMED) listed.push(`and ${sizes.length - NAMED} more`);
  const { size } = options;
  if (size !== undefined) {
    if (sizes.length > 1 || sizes[0]?.[0] !== `${size}x${size}`) {
      notes.push(`Images of ${listed.join(", ")} pixels were scaled and centre-cropped to ${size}x${size}.`);
    }
    const smaller = headers.filter(({ width, height }) => Math.min(width, height) < size).length;
    if (smaller > 0) notes.push(`${smaller} images are smaller than ${size} pixels and were scaled up.`);
    return [size, size];
  }
  const first = headers[0] as ImageHeader;
  if (sizes.length === 1) return [first.height, first.width];
  const shortest = Math.min(...sizes.map(([text]) => Math.min(...text.split("x").map(Number))));
  throw new DataError(`${set.source} holds images of ${sizes.length} sizes: ${listed.join(", ")}.`, {
    help: `Set size to bring them to one, for example size ${2 ** Math.max(4, Math.min(8, Math.floor(Math.log2(shortest))))}.`,
  });
}

function allocate(bytes: number, source: string): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new DataError(`${source} needs ${(bytes / 2 ** 30).toFixed(1)} GiB of memory at this size.`, {
      help: "Set a smaller size, or a limit.",
      cause,
    });
  }
}
