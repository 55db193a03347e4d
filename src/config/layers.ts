/** @file How a config is put together: preset, then file, then flags, then `--set`; later layers win. */

import { ConfigError } from "../util/errors.ts";
import { didYouMean } from "../util/suggest.ts";
import type { ConfigInput } from "./config.ts";
import { type DataDescription, recommend } from "./recommended.ts";

/** An unchecked config, or part of one. */
export type RawConfig = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The presets. Each is a complete config but for the data, and names its optimisers, so that a layer over it need not. */
export const presets: Readonly<Record<string, RawConfig>> = {
  dcgan: {
    preset: "dcgan",
    data: { source: "mnist" },
    model: { name: "dcgan" },
    objective: { name: "non-saturating" },
    optimizer: { generator: { name: "adam" }, discriminator: { name: "adam" } },
    images: 350_000,
  } satisfies ConfigInput,
  tutorial: {
    preset: "tutorial",
    data: { source: "data/data.npy" },
    model: { name: "tutorial" },
    objective: { name: "non-saturating" },
    optimizer: {
      generator: { name: "adam", lr: 1e-4, beta1: 0.5, epsilon: 1e-7 },
      discriminator: { name: "adam", lr: 1e-4, beta1: 0.5, epsilon: 1e-7 },
    },
    updates: { mode: "simultaneous" },
    ema: { enabled: false },
    images: 200_000,
  } satisfies ConfigInput,
  mlp: {
    preset: "mlp",
    data: { source: "ring" },
    model: { name: "mlp" },
    objective: { name: "non-saturating" },
    penalties: [{ name: "r1", gamma: 1 }],
    optimizer: {
      generator: { name: "adam", lr: 1e-3, beta1: 0 },
      discriminator: { name: "adam", lr: 1e-3, beta1: 0 },
    },
    batch: 256,
    images: 2_560_000,
    log: { every: 200 },
    samples: { every: 1000, count: 2500 },
    checkpoint: { every: 5000 },
  } satisfies ConfigInput,
};

/** A preset that is sized from the data: what it is for all of them, and what depends on them. */
export interface SizedPreset {
  readonly fixed: RawConfig;
  readonly sized: (data: DataDescription) => RawConfig;
}

/** The presets that are sized from the data. */
export const sizedPresets: Readonly<Record<string, SizedPreset>> = {
  recommended: {
    fixed: { preset: "recommended", data: { source: "mnist" } },
    sized: (data) => ({ ...recommend(data) }),
  },
};

/** True for the name of a preset that is sized from the data. */
export const isSized = (name: string): boolean => Object.hasOwn(sizedPresets, name);

/**
 * The preset called `name`.
 *
 * @param data What the data are; only presets that are sized from them look at it.
 * @throws ConfigError when there is none, or it is sized from the data and none are given.
 */
export function presetConfig(name: string, data?: DataDescription): RawConfig {
  const sized = isSized(name) ? sizedPresets[name] : undefined;
  if (sized !== undefined) {
    if (data !== undefined) return { ...sized.fixed, ...sized.sized(data) };
    throw new ConfigError(`the preset "${name}" is sized from the data`, {
      help: `say what they are: presetConfig("${name}", { kind, shape, count }); \`train\` looks at them itself`,
    });
  }
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    const names = [...Object.keys(sizedPresets), ...Object.keys(presets)];
    throw new ConfigError(`unknown preset "${name}".${didYouMean(name, names)}`, {
      help: `presets: ${names.join(", ")}`,
    });
  }
  return preset;
}

/**
 * `over` laid on `base`, key by key. A choice with another `name` replaces the old one whole, because its options are its
 * own; a length in steps replaces one in images, and the other way round.
 */
export function mergeConfig(base: RawConfig, over: RawConfig): RawConfig {
  const out: Record<string, unknown> = { ...base };
  // Only where the other length is given: deeper down, `steps` may be something else.
  if (over.steps != null && over.images == null && out.images != null) out.images = null;
  if (over.images != null && over.steps == null && out.steps != null) out.steps = null;
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const old = out[key];
    const renamed = isRecord(old) && isRecord(value) && typeof value.name === "string" && value.name !== old.name;
    out[key] = isRecord(old) && isRecord(value) && !renamed ? mergeConfig(old, value) : value;
  }
  return out;
}

/** A value as written on the command line: JSON where it is JSON, else text. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `key.path=value` as a layer over `config`. A number in the path is a place in a list; `penalties.r1.gamma=2` finds the
 * list item by its name.
 * @throws ConfigError when the assignment cannot be understood.
 */
export function setKey(config: RawConfig, assignment: string): RawConfig {
  const at = assignment.indexOf("=");
  if (at < 1) {
    throw new ConfigError(`--set wants key=value, got "${assignment}"`, {
      help: "e.g. --set optimizer.generator.lr=1e-4",
    });
  }
  const path = assignment.slice(0, at).split(".");
  if (path.some((part) => part === "" || part === "__proto__")) {
    throw new ConfigError(`--set: "${assignment.slice(0, at)}" is not a key`);
  }
  checkListed(config, path, assignment);
  return assign(config, path, parseValue(assignment.slice(at + 1)), assignment) as RawConfig;
}

/** Keys that are lists of choices. */
const LISTS: readonly string[] = ["penalties", "augment", "metrics.list"];

/** @throws ConfigError where `path` leads into a list of choices that has none. */
function checkListed(config: RawConfig, path: readonly string[], assignment: string): void {
  const key = LISTS.find((list) => path.join(".").startsWith(`${list}.`));
  if (key === undefined) return;
  const parts = key.split(".");
  const list = parts.reduce<unknown>((node, part) => (isRecord(node) ? node[part] : undefined), config);
  if (list !== undefined && !(Array.isArray(list) && list.length === 0)) return;
  const item = path[parts.length];
  throw new ConfigError(`--set ${assignment}: ${key} is empty, so there is no "${item}" in it`, {
    help: `list it first: --set ${key}=${item}`,
  });
}

function assign(node: unknown, [head, ...rest]: readonly string[], value: unknown, assignment: string): unknown {
  if (head === undefined) return value;
  // `penalties=r1,r2` is a list too.
  if (typeof node === "string" && rest.length > 0 && node.split(",").includes(head)) node = node.split(",");
  if (Array.isArray(node)) {
    const named = node.findIndex((item) => item === head || (isRecord(item) && item.name === head));
    const index = named >= 0 ? named : Number(head);
    if (!Number.isInteger(index) || index < 0 || index > node.length) {
      throw new ConfigError(`--set ${assignment}: the list has no item "${head}"`, {
        help: `it has ${node.map((entry) => (isRecord(entry) ? entry.name : entry)).join(", ")}; list "${head}" too`,
      });
    }
    const item = node[index];
    const next = assign(typeof item === "string" && rest.length > 0 ? { name: item } : item, rest, value, assignment);
    return Object.assign([...node], { [index]: next });
  }
  const record = isRecord(node) ? node : typeof node === "string" ? { name: node } : {};
  const item = assign(record[head], rest, value, assignment);
  if (rest.length > 0) return { ...record, [head]: item };
  // At the end of the path the merge rules apply: another name replaces a choice whole, steps replace images.
  const renamed = head === "name" && record.name !== undefined && record.name !== item;
  return mergeConfig(renamed ? {} : record, { [head]: item });
}
