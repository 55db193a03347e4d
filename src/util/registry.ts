/** @file Named, documented, configurable things: the shape of every registry row, from objectives to models. */

import type { z } from "zod";
import { ConfigError } from "./errors.ts";
import { didYouMean } from "./suggest.ts";

/** One row: its options' schema makes the config's type, its validation and its documentation. */
export interface Entry<Thing, Options extends z.ZodObject = z.ZodObject> {
  /** The name used in configs, such as `non-saturating`. Permanent. */
  readonly name: string;
  /** One sentence: what it does, with the formula if there is one. */
  readonly summary: string;
  /** Authors, title, year. */
  readonly paper: string;
  readonly options: Options;
  /** Method syntax on purpose: a table holds rows of different options, each fed only what its own schema gave. */
  create(options: z.output<Options>): Thing;
}

/** Rows by name. */
export type Registry<Thing> = Readonly<Record<string, Entry<Thing>>>;

/** Types a row: the options that `create` takes are those of the schema. */
export function entry<Thing, Options extends z.ZodObject>(row: Entry<Thing, Options>): Entry<Thing, Options> {
  return row;
}

/** Makes a registry of rows; two rows of one name are an internal error. */
export function registry<Thing>(rows: readonly Entry<Thing>[]): Registry<Thing> {
  const table: Record<string, Entry<Thing>> = {};
  for (const row of rows) {
    if (row.name in table) throw new Error(`internal: two registry rows are called "${row.name}"`);
    table[row.name] = row;
  }
  return table;
}

/** The options of `choice`, checked. @throws ConfigError naming each that does not exist or is not what it should be. */
function checkedOptions<Thing>(kind: string, row: Entry<Thing>, given: Readonly<Record<string, unknown>>) {
  const result = row.options.safeParse(given);
  if (result.success) return result.data;
  const known = Object.keys(row.options.shape);
  const problems = result.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `unknown option "${key}".${didYouMean(key, known)}`)
      : [`${issue.path.join(".")}: ${issue.message}`],
  );
  throw new ConfigError(`the ${kind} ${row.name}: ${problems.join("; ")}`, {
    help: known.length === 0 ? `${row.name} has no options` : `${row.name} has the options ${known.join(", ")}`,
  });
}

/**
 * Builds the thing that `choice` names with its options.
 * @throws ConfigError on an unknown name, suggesting the nearest, and on options that the row does not have or accept.
 */
export function createFrom<Thing>(kind: string, table: Registry<Thing>, choice: { readonly name: string }): Thing {
  const row = Object.hasOwn(table, choice.name) ? table[choice.name] : undefined;
  if (row === undefined) {
    throw new ConfigError(`unknown ${kind} "${choice.name}".${didYouMean(choice.name, Object.keys(table))}`, {
      help: `known: ${Object.keys(table).join(", ")}`,
    });
  }
  const { name: _, ...options } = choice;
  return row.create(checkedOptions(kind, row, options));
}
