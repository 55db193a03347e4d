/**
 * @file The command line. Only the parser is loaded at first, and then the one command that is asked for, so that `--help`
 * answers at once.
 */

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ConfigError, DataError } from "../util/errors.ts";
import { commands, groups } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { reportError } from "./report-error.ts";
import { processTerminal } from "./terminal.ts";

const EXAMPLES = `
Examples:
  gantry train --preset dcgan --data mnist     digits in about three minutes
  gantry sample 0 --seeds 0-63 --out digits.png`;

const EXIT_CODES = `
Exit codes:
  0 done, 1 internal error, 2 usage or config, 3 data unreadable, 4 training failed, 5 check not met,
  130 or 143 interrupted (a checkpoint is written)`;

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The command words of the arguments: what stands before the first flag, or after `help`. */
function wordsOf(argv: readonly string[]): string[] {
  const words = argv.filter((word) => !word.startsWith("-"));
  return words[0] === "help" ? words.slice(1) : words;
}

/** The parser, with flags and actions of those commands only that `words` may mean. */
async function createProgram(words: readonly string[], context: CommandContext): Promise<Command> {
  const program = new Command("gantry")
    .description("Train GANs in TypeScript, fast, and know the moment one starts to fail.")
    .version(version(), "-V, --version", "print the version")
    .option("--debug", "print stack traces")
    .option("--no-color", "print no colours (as does NO_COLOR=1)")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.result(text.trimEnd()),
      writeErr: () => {},
      outputError: () => {},
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", `${EXAMPLES}\n${EXIT_CODES}`);
  const parents = new Map<string, Command>();
  for (const [group, summary] of Object.entries(groups)) {
    parents.set(group, new Command(group).description(summary).copyInheritedSettings(program));
  }
  for (const { path, summary, load } of commands) {
    const [first, second] = path;
    const parent = second === undefined ? program : parents.get(first)!;
    const command = parent.command(second ?? first).description(summary);
    if (words[0] === first) (await load()).define(command, context);
    if (parent !== program && !program.commands.includes(parent)) program.addCommand(parent);
  }
  return program;
}

/** A complaint of the parser as an error of ours. */
function usageError({ message, code }: CommanderError, words: readonly string[]): ConfigError {
  const entry = commands.find(({ path }) => path.every((word, i) => word === words[i]));
  const [first = ""] = words;
  const help =
    entry === undefined
      ? `\`gantry ${Object.hasOwn(groups, first) ? `${first} ` : ""}--help\` lists the commands`
      : `\`gantry ${entry.path.join(" ")} --help\` lists its flags`;
  if (code === "commander.help") return new ConfigError("a command is missing", { help });
  const [, text = message, suggestion] = /^(?:error: )?(.*?)(?:\n\((.*)\))?$/s.exec(message) ?? [];
  return new ConfigError(text, { help: suggestion ?? help });
}

/** Runs the command line `argv` (without node and script) and sets process.exitCode. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = processTerminal(!argv.includes("--no-color"));
  // A reader that has seen enough, such as `head`, closes the pipe.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return terminal.onClosed();
    const full = error.code === "ENOSPC" ? "no space is left" : error.message;
    const reported = new DataError(`the output cannot be written: ${full}`, { help: "send it to another place" });
    process.exit(reportError(reported, terminal, { json: argv.includes("--json"), debug: argv.includes("--debug") }));
  });
  process.stderr.on("error", () => {});
  const words = wordsOf(argv);
  try {
    const program = await createProgram(words, { terminal });
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const reported = error instanceof CommanderError ? usageError(error, words) : error;
    process.exitCode = reportError(reported, terminal, {
      json: argv.includes("--json"),
      debug: argv.includes("--debug"),
    });
  }
}
