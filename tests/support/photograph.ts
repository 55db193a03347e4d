/** @file Pictures of a run directory after every operation on files: what a process finds that follows one that was killed then. */

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { diskFileSystem } from "../../src/run/store/atomic-file.ts";
import type { RunPaths } from "../../src/run/store/run-dir.ts";

/** SHA-256 of a file. */
export const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/**
 * Photographs a run directory after every operation on files, from the writing of a remedy on until the next scalars are written.
 * `vi.restoreAllMocks` ends it.
 *
 * @param into Folder of the pictures.
 * @param enough Most pictures.
 * @returns The folders, which grow in number while a training runs. No two in succession are the same.
 */
export function photograph(run: RunPaths, into: string, enough: number): string[] {
  const pictures: string[] = [];
  let [exposing, before] = [false, ""];
  // Half-written files beside the others are nobody's.
  const signature = () =>
    [run.dir, run.checkpoints]
      .flatMap((dir) => readdirSync(dir, { withFileTypes: true }).map((entry) => [dir, entry] as const))
      .filter(([, entry]) => entry.isFile() && !entry.name.endsWith(".tmp"))
      .map(([dir, { name }]) => `${name} ${sha256(join(dir, name))}`)
      .join();
  const expose = (): void => {
    if (!exposing || pictures.length >= enough) return;
    const now = signature();
    if (now === before) return;
    before = now;
    const picture = mkdtempSync(join(into, "picture-"));
    cpSync(run.dir, picture, { recursive: true });
    pictures.push(picture);
  };
  const { write, rename, truncate, remove, open } = diskFileSystem;
  vi.spyOn(diskFileSystem, "write").mockImplementation((fd, bytes) => {
    const text = bytes.length < 100_000 ? Buffer.from(bytes).toString() : "";
    if (text.startsWith("{") && text.includes('"type":"remedy"') && !text.includes("\n{")) exposing = true;
    const taken = write(fd, bytes);
    expose();
    if (text.includes('"type":"scalars"') && !text.includes("\n{")) exposing = false;
    return taken;
  });
  const after =
    <A extends unknown[], R>(operation: (...given: A) => R) =>
    (...given: A): R => {
      const result = operation(...given);
      expose();
      return result;
    };
  vi.spyOn(diskFileSystem, "open").mockImplementation(after(open));
  vi.spyOn(diskFileSystem, "rename").mockImplementation(after(rename));
  vi.spyOn(diskFileSystem, "truncate").mockImplementation(after(truncate));
  vi.spyOn(diskFileSystem, "remove").mockImplementation(after(remove));
  return pictures;
}
