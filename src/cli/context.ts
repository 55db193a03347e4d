/** @file What a command is, and what it is given. */

import type { Command } from "commander";
import type { Terminal } from "./terminal.ts";

/** What a command is given beside its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
}

/** A command's module. */
export interface CommandModule {
  /** Adds arguments, flags and the action to `command`. The action may set process.exitCode and throws GantryErrors. */
  readonly define: (command: Command, context: CommandContext) => void;
}
