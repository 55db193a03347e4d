/** @file What a reader of data sets is, and what it is shown of a source before it says whether it reads it. */

import { open, readdir, stat } from "node:fs/promises";
import type { DataOptions, Dataset } from "./dataset.ts";
import { fileError } from "./files.ts";

/** A source as the user named it, with a first look at what is there. */
export interface Source {
  /** The user's words: the name of a built-in data set, or a path. */
  readonly text: string;
  readonly kind: "file" | "folder" | "missing" | "special";
  /** First bytes of a file (up to 16); empty for anything else. */
  readonly head: Uint8Array;
  /** Names in a folder; empty for anything else. */
  readonly entries: readonly string[];
}

/** One kind of source. Adding one is a file with such a record, and a row in sources.ts. */
export interface Reader {
  readonly name: string;
  /** One line for people, such as `folder of PNG, JPEG or WebP images`. */
  readonly describe: string;
  /** True when the source is chosen by `name`, false when it is a path. */
  readonly builtIn: boolean;
  /** Options it understands, besides `limit` and `seed`; any other is refused. */
  readonly options: readonly (keyof DataOptions)[];
  matches(source: Source): boolean;
  read(source: Source, options: DataOptions): Promise<Dataset>;
}

const HEAD_BYTES = 16;

/** Looks at what a source names. Never opens anything but regular files and folders, so it cannot block on a pipe. */
export async function lookAt(text: string): Promise<Source> {
  const none = { text, head: new Uint8Array(0), entries: [] };
  try {
    const info = await stat(text);
    if (info.isDirectory()) return { ...none, kind: "folder", entries: (await readdir(text)).sort() };
    if (!info.isFile()) return { ...none, kind: "special" };
    return { ...none, kind: "file", head: await readHead(text) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return { ...none, kind: "missing" };
    throw fileError(text, cause);
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
