/** @file How an error reaches the reader: in plain words, or as one JSON object, and as an exit code. */

import { GantryError } from "../util/errors.ts";
import type { Terminal } from "./terminal.ts";

/** How to print. */
export interface ReportOptions {
  readonly json: boolean;
  /** With stack traces. */
  readonly debug: boolean;
}

const INTERNAL_HELP = "this is a bug in Gantry, or in what it runs on; --debug shows where";

/** Prints `error` on stderr. @returns The exit code that it means. */
export function reportError(error: unknown, terminal: Terminal, { json, debug }: ReportOptions): number {
  const known = error instanceof GantryError;
  const exitCode = known ? error.exitCode : 1;
  const name = error instanceof Error ? error.name : "Error";
  const text = error instanceof Error ? error.message : String(error);
  const message = known ? text : `internal error: ${text}`;
  const help = known ? error.help : debug ? undefined : INTERNAL_HELP;
  const stack = debug && error instanceof Error ? stackOf(error) : undefined;
  if (json) {
    terminal.say(JSON.stringify({ error: { code: name, exitCode, message, help, stack } }));
    return exitCode;
  }
  const { paint } = terminal;
  terminal.say(`${paint.red(paint.bold("error:"))} ${message}`);
  if (help !== undefined) terminal.say(`${paint.cyan("help:")} ${help}`);
  if (stack !== undefined) terminal.say(paint.dim(stack));
  return exitCode;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
