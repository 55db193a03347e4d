/** @file What must be equal for a run to go on: a fingerprint of the config, and the differences between two. */

import { createHash } from "node:crypto";
import { flattenConfig } from "../../config/changes.ts";
import type { Config } from "../../config/config.ts";
import type { Dataset } from "../../data/dataset.ts";

/** Keys that change what is recorded, how long, or where, but not what a step computes. */
const FREE_KEYS: ReadonlySet<string> = new Set([
  "preset",
  "device",
  "threads",
  "log",
  "samples",
  "metrics",
  "health",
  "checkpoint",
]);

/** True for a value that holds a ramp, however deep. */
function holdsRamp(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ("from" in value && "to" in value && "until" in value) || Object.values(value).some(holdsRamp);
}

/** True where the length of the training decides what a step computes, because something counts towards the end. */
export function countsTowardsTheEnd(config: Config): boolean {
  const { optimizer, instanceNoise } = config;
  const scheduled = [optimizer.generator, optimizer.discriminator].some(({ schedule }) => schedule.kind !== "constant");
  return scheduled || instanceNoise.sigma > 0 || holdsRamp(config);
}

/** The part of a config that decides what training computes. */
function essential(config: Config): Record<string, unknown> {
  const { images, steps, retry, data, ...rest } = config;
  const { holdOut, ...source } = data;
  const kept = Object.entries(rest).filter(([key]) => !FREE_KEYS.has(key));
  // The length matters only where something counts towards the end.
  // What is left at its default is left out where runs and recorded trials are older than the key.
  return {
    ...Object.fromEntries(kept),
    data: { ...source, ...(holdOut !== null && { holdOut }) },
    ...(retry !== 0 && { retry }),
    ...(countsTowardsTheEnd(config) && { images, steps }),
  };
}

/** SHA-256 over a data set's samples and labels: what a run that goes on must find unchanged. */
export function dataDigest(dataset: Dataset): string {
  const hash = createHash("sha256").update(JSON.stringify([dataset.kind, dataset.count, dataset.shape]));
  for (const { buffer, byteOffset, byteLength } of [dataset.data, ...(dataset.labels ? [dataset.labels] : [])]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

/** The essential keys, with what they hold as JSON. */
const flatten = (config: Config): Map<string, string> =>
  new Map([...flattenConfig(essential(config))].map(([key, value]) => [key, JSON.stringify(value)]));

/** SHA-256 over the essential part, independent of key order. */
export function fingerprint(config: Config): string {
  const lines = [...flatten(config)].map(([key, value]) => `${key}=${value}`).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** `optimizer.generator.lr: 0.0002 -> 0.0001`, for each essential key that differs. */
export function configDifferences(before: Config, after: Config): string[] {
  const [a, b] = [flatten(before), flatten(after)];
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort();
  return keys
    .filter((key) => a.get(key) !== b.get(key))
    .map((key) => `${key}: ${a.get(key) ?? "absent"} -> ${b.get(key) ?? "absent"}`);
}
