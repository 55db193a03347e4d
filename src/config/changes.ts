/** @file Configs as lists of keys and values: what differs between two, and making and taking back such changes. */

import { type Config, parseConfig } from "./config.ts";

/** What a key of a flattened config holds. */
export type ConfigValue = string | number | boolean | null;

/** A key that differs. Null also stands for a key that is left out. */
export interface ConfigChange {
  /** Such as `optimizer.generator.lr`, or `penalties.0.name` for the first item of a list. */
  readonly key: string;
  readonly from: ConfigValue;
  readonly to: ConfigValue;
}

/** Every key of `value` that is not left out, with what it holds. */
export function flattenConfig(
  value: unknown,
  path = "",
  out = new Map<string, ConfigValue>(),
): Map<string, ConfigValue> {
  if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) flattenConfig(item, path === "" ? key : `${path}.${key}`, out);
  } else if (value !== undefined) {
    out.set(path, value as ConfigValue);
  }
  return out;
}

/** What differs between two configs, by key. */
export function configChanges(before: Config, after: Config): ConfigChange[] {
  const [a, b] = [flattenConfig(before), flattenConfig(after)];
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort();
  return keys.flatMap((key) => {
    const [from, to] = [a.get(key) ?? null, b.get(key) ?? null];
    return from === to ? [] : [{ key, from, to }];
  });
}

/**
 * The config with changes made; those that it has already stay. `applyChanges(a, configChanges(a, b))` is `b`.
 *
 * @throws ConfigError when the result is not valid.
 */
export function applyChanges(config: Config, changes: readonly ConfigChange[]): Config {
  const flat = flattenConfig(config);
  for (const { key, to } of changes) {
    if (to === null) flat.delete(key);
    else flat.set(key, to);
  }
  // What is empty has no key; the checks put it back.
  return parseConfig(unflatten([...flat].map(([key, value]) => [key.split("."), value])) as Record<string, unknown>);
}

/** The config with changes taken back; those that it does not have stay so. @throws ConfigError when the result is not valid. */
export const undoChanges = (config: Config, changes: readonly ConfigChange[]): Config =>
  applyChanges(
    config,
    changes.map(({ key, from, to }) => ({ key, from: to, to: from })),
  );

type Leaf = readonly [path: readonly string[], value: ConfigValue];

/** The object, list or value that has these leaves. */
function unflatten(leaves: readonly Leaf[]): unknown {
  const [first] = leaves;
  if (first?.[0].length === 0) return first[1];
  const inside = new Map<string, Leaf[]>();
  for (const [[head, ...rest], value] of leaves) {
    inside.set(head!, [...(inside.get(head!) ?? []), [rest, value]]);
  }
  const items = [...inside].map(([key, held]) => [key, unflatten(held)] as const);
  if (!items.every(([key]) => /^\d+$/.test(key))) return Object.fromEntries(items);
  return items.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}
