/** @file What a user changes in a protocol, and the names under which the results are then kept and shown. */

import { ConfigError } from "../util/errors.ts";
import type { Protocol } from "./protocol.ts";

/** What a user changes in a protocol. The result is no longer under the protocol's name. */
export interface Changes {
  /** Another length; of the two clusters, in epochs. */
  readonly steps?: number;
  /** Assignments `key=value`. */
  readonly set?: readonly string[];
}

const CHANGED = " (changed)";

const isChanged = ({ steps, set = [] }: Changes): boolean => steps !== undefined || set.length > 0;

/** The name under which results are recorded: whatever was changed is not the protocol any more. */
export const protocolName = ({ name }: Protocol, changes: Changes): string =>
  isChanged(changes) ? `${name}${CHANGED}` : name;

/** The name of the protocol that was changed, or not. */
export const unchangedName = (recorded: string): string =>
  recorded.endsWith(CHANGED) ? recorded.slice(0, -CHANGED.length) : recorded;

/**
 * The changes as text, such as `steps=60, data.source=grid`: the length first, then by key, whatever order they were given in.
 * Of assignments to one key, or to a part of it, only those are named that the last one leaves standing.
 *
 * @returns undefined when nothing was changed.
 */
export function describeChanges({ steps, set = [] }: Changes): string | undefined {
  const made = new Map<string, string>(steps === undefined ? [] : [["steps", String(steps)]]);
  for (const assignment of set) {
    const [key] = assignment.split("=", 1) as [string];
    for (const earlier of [...made.keys()]) if (`${earlier}.`.startsWith(`${key}.`)) made.delete(earlier);
    made.set(key, assignment.slice(key.length + 1));
  }
  if (made.size === 0) return undefined;
  const rank = (key: string) => (key === "steps" ? "" : key);
  const ordered = [...made].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
  return ordered.map(([key, value]) => `${key}=${value}`).join(", ");
}

/** The name under which results are shown: `gantry-12k`, or `gantry-12k (changed: steps=60)`; without the changes where they were not recorded. */
export const headingOf = ({ protocol, changes }: { readonly protocol: string; readonly changes?: string }): string =>
  changes === undefined ? protocol : `${unchangedName(protocol)} (changed: ${changes})`;

const RECORDING = "what is recorded on the way is the same for all trials of a protocol";

/** Keys that a benchmark sets itself, and how to ask for it instead. */
const OWN: Readonly<Record<string, string>> = {
  seed: "the trials are the seeds: --trials 6 trains with seeds 0 to 5",
  threads: "the cores are shared out by --jobs",
  device: "--device says where trials are trained; it changes no protocol",
  log: RECORDING,
  metrics: RECORDING,
  samples: RECORDING,
  checkpoint: RECORDING,
  health: "nothing is watched in a trial, so that its time is that of the training",
};

/** @throws ConfigError for an assignment to a key that the benchmark sets itself, which would have no effect. */
export function refuseOwnKeys({ set = [] }: Changes): void {
  for (const assignment of set) {
    const [key] = assignment.split("=", 1) as [string];
    const help = OWN[key.split(".", 1)[0]!];
    if (help !== undefined) throw new ConfigError(`--set ${assignment}: a benchmark sets "${key}" itself`, { help });
  }
}
