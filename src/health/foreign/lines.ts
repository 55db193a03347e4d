/** @file Lines of a text that comes in blocks, so that a log of any length can be read. */

import { DataError } from "../../util/errors.ts";

/** A line of a log. */
export interface LogLine {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Whether a line break follows. The last line of a log that is being written, or of a program that was killed, may be torn. */
  readonly ended: boolean;
}

/** In characters. No line of a log is as long; a file without line breaks is no log. */
const LONGEST_LINE = 2 ** 26;
const LINE_BREAK = /\r\n|\n|\r/;

/**
 * The lines of a text in UTF-8, or in UTF-16 where it begins with that mark (as PowerShell writes it). Marks at the beginning
 * are left out; lines may end in LF, CRLF or CR.
 *
 * @param blocks Consecutive bytes.
 * @throws DataError when a line does not end.
 */
export function* linesOf(blocks: Iterable<Uint8Array>): Generator<LogLine, void> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let rest = "";
  let number = 0;
  for (const block of blocks) {
    decoder ??= new TextDecoder(encodingOf(block));
    const lines = (rest + decoder.decode(block, { stream: true })).split(LINE_BREAK_BUT_LAST);
    rest = lines.pop() as string;
    for (const text of lines) yield { text, number: ++number, ended: true };
    if (rest.length > LONGEST_LINE) {
      throw new DataError(`line ${number + 1} does not end within ${LONGEST_LINE} characters: this is no log`);
    }
  }
  rest += decoder?.decode() ?? "";
  if (rest === "") return;
  const [text = "", after] = rest.split(LINE_BREAK);
  yield { text, number: number + 1, ended: after !== undefined };
}

/** A CR at the end of a block may be the first half of CRLF, so it waits for the next block. */
const LINE_BREAK_BUT_LAST = /\r\n|\n|\r(?!$)/;

/** Name of the encoding of a text that begins with these bytes. */
export function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}
