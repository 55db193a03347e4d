/** @file The errors a user can cause. Each says what happened, where, and what to do; the class decides the exit code. */

/** Options shared by every Gantry error. */
export interface ErrorDetails {
  /** What the user can do about it; printed on its own line after `help:`. */
  readonly help?: string;
  /** The underlying error, shown with `--debug`. */
  readonly cause?: unknown;
}

/** Base of all errors that are meant to be read by a user. Anything else that escapes is an internal error (exit code 1). */
export class GantryError extends Error {
  /** Exit code of the command line when this error ends it. */
  readonly exitCode: number;
  readonly help: string | undefined;

  constructor(message: string, exitCode: number, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.exitCode = exitCode;
    this.help = details.help;
  }
}

/** A wrong option, config key, or shape: exit code 2. */
export class ConfigError extends GantryError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, 2, details);
  }
}

/** Data, a checkpoint or a run directory that cannot be read or written: exit code 3. */
export class DataError extends GantryError {
  constructor(message: string, details?: ErrorDetails) {
    super(message, 3, details);
  }
}

/** Shapes that do not fit together, found while a model is traced. A kind of {@link ConfigError}. */
export class ShapeError extends ConfigError {}

/** Throws an internal error when `condition` is false: for invariants of ours, never for user input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal: ${message}`);
}
