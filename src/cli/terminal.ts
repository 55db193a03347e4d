/** @file Where a command's words go: results to stdout, everything else to stderr, with one redrawn line on a terminal. */

import picocolors from "picocolors";

/** Functions that colour text, or give it back as it is. */
export type Paint = ReturnType<typeof picocolors.createColors>;

/** The part of a stream that is used here. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What a terminal needs from outside. */
export interface TerminalEffects {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds from any fixed moment on. */
  readonly now: () => number;
}

function wantsColour({ isTTY }: TextStream, env: TerminalEffects["env"]): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
  return isTTY === true && env.TERM !== "dumb";
}

/** The output of one command. */
export class Terminal {
  /** Colours for stderr. */
  readonly paint: Paint;
  /** Colours for stdout. */
  readonly paintResult: Paint;
  /** Whether stderr is a terminal on which a line can be redrawn. */
  readonly interactive: boolean;
  readonly now: () => number;
  private readonly stdout: TextStream;
  private readonly stderr: TextStream;
  /** Called when the reader of stdout has gone. */
  onClosed: () => void = () => process.exit(0);
  private shown = "";

  constructor({ stdout, stderr, env, now }: TerminalEffects) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.now = now;
    this.interactive = stderr.isTTY === true && env.TERM !== "dumb";
    this.paint = picocolors.createColors(wantsColour(stderr, env));
    this.paintResult = picocolors.createColors(wantsColour(stdout, env));
  }

  /** Columns of the terminal on stderr. */
  get columns(): number {
    return this.stderr.columns || 80;
  }

  /** A line of a result. */
  result(text: string): void {
    const shown = this.shown;
    this.status("");
    this.stdout.write(`${text}\n`);
    this.status(shown);
  }

  /** A result as one line of JSON. */
  json(value: unknown): void {
    this.result(JSON.stringify(value));
  }

  /** A line for the reader: progress, warnings, hints. */
  say(text: string): void {
    const shown = this.shown;
    this.status("");
    this.stderr.write(`${text}\n`);
    this.status(shown);
  }

  /** Redraws the one line at the bottom; an empty text takes it away. Nothing unless interactive. */
  status(text: string): void {
    if (!this.interactive || text === this.shown) return;
    this.stderr.write(text === "" ? "\r\x1b[K" : `\r${text}\x1b[K`);
    this.shown = text;
  }
}

/** The terminal of this process. `colour` false turns colours off. */
export function processTerminal(colour: boolean): Terminal {
  return new Terminal({
    stdout: process.stdout,
    stderr: process.stderr,
    env: colour ? process.env : { ...process.env, NO_COLOR: "1" },
    now: () => performance.now(),
  });
}
