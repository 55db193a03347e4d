/** @file JSON files that are read as a whole: options, and scores by step. */

import type { LogFile } from "./format.ts";
import { linesOf } from "./lines.ts";
import { jsonObject } from "./numbers.ts";

/** In characters. */
const MOST = 2 ** 24;

/** The object in a file; undefined where there is none, or it is too large to be one of options or scores. */
export function smallJson(file: LogFile): Readonly<Record<string, unknown>> | undefined {
  let text = "";
  for (const line of linesOf(file.blocks())) {
    text += `${line.text}\n`;
    if (text.length > MOST) return undefined;
  }
  return jsonObject(text);
}
