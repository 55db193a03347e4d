/** @file The cases of the zoo: a program, a cause or none, and the config that both make. */

import { type Config, parseConfig } from "../../config/config.ts";
import { mergeConfig, type RawConfig } from "../../config/layers.ts";
import { zooCauses } from "../../health/zoo/causes.ts";
import type { ZooCause, ZooProgram } from "../../health/zoo/program.ts";
import { zooPrograms } from "../../health/zoo/programs.ts";
import { fingerprint } from "../../run/config/fingerprint.ts";
import { ConfigError } from "../../util/errors.ts";
import { didYouMean } from "../../util/suggest.ts";

/** The name of what changes nothing. */
export const UNCHANGED = "none";

/** A program and what is changed in it; null for nothing. */
export interface ZooCase {
  readonly program: ZooProgram;
  readonly cause: ZooCause | null;
}

/** Checkpoints that the oracle looks at. */
const LOOKS = { points: 12, grey: 8, colour: 8 } as const satisfies Readonly<Record<ZooProgram["kind"], number>>;

/** The name of a case's cause. */
export const causeName = ({ cause }: ZooCase): string => cause?.name ?? UNCHANGED;

/** What a case trains, on which data: equal for those that are the same training under another name. */
const trainingOf = (one: ZooCase): string => `${fingerprint(caseConfig(one, 0))} ${one.cause?.data ?? ""}`;

let cases: readonly ZooCase[] | undefined;

/**
 * Every case: each program as it is, then with each of its causes. A cause that takes from a held-out program all that it differs in from one for
 * calibration is left out there: rules were looked at on that very training.
 */
export function zooCases(): readonly ZooCase[] {
  if (cases !== undefined) return cases;
  const all = zooPrograms.flatMap((program) => [
    { program, cause: null },
    ...zooCauses.filter(({ programs }) => programs.includes(program.name)).map((cause) => ({ program, cause })),
  ]);
  const seen = new Set(all.filter(({ program }) => program.half === "calibration").map(trainingOf));
  cases = all.filter((one) => one.program.half === "calibration" || !seen.has(trainingOf(one)));
  return cases;
}

/** What a run of the zoo records, whatever it trains: a checkpoint for each look of the oracle, all of them kept. */
function recorded(config: Config, kind: ZooProgram["kind"]): RawConfig {
  const steps = config.steps!;
  return {
    log: { every: Math.max(1, Math.floor(steps / 100)) },
    samples: { every: steps },
    checkpoint: { every: Math.ceil(steps / LOOKS[kind]), keep: LOOKS[kind] },
  };
}

/** The config of a program as it is. @throws ConfigError when it is not valid. */
export const programConfig = ({ config }: ZooProgram, seed: number): Config => parseConfig({ ...config, seed });

/**
 * The config of a case.
 *
 * @param data Keys of `data` that read what was planted; absent where nothing was.
 * @param over Laid over all else, such as `{ health: { probes: "off" } }`.
 * @throws ConfigError when it is not valid.
 */
export function caseConfig(
  { program, cause }: ZooCase,
  seed: number,
  { data, over = {} }: { readonly data?: RawConfig; readonly over?: RawConfig } = {},
): Config {
  const plain = programConfig(program, seed);
  const spoilt = parseConfig(mergeConfig(plain as RawConfig, cause?.layer(plain) ?? {}));
  const planted = data === undefined ? spoilt : parseConfig({ ...spoilt, data: { ...spoilt.data, ...data } });
  const asked = parseConfig(mergeConfig(planted, over));
  return parseConfig({ ...asked, ...recorded(asked, program.kind) });
}

/** What cases are asked for; all of what is left out. */
export interface CaseFilter {
  readonly programs?: readonly string[] | undefined;
  readonly causes?: readonly string[] | undefined;
}

function checkNames(kind: string, wanted: readonly string[], known: readonly string[]): void {
  const wrong = wanted.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new ConfigError(`the zoo has no ${kind} "${wrong}".${didYouMean(wrong, known)}`, {
    help: `its ${kind}s: ${known.join(", ")}`,
  });
}

/** The cases that are asked for. @throws ConfigError for names that do not exist, or where no case is left. */
export function findCases({ programs, causes }: CaseFilter): ZooCase[] {
  checkNames(
    "program",
    programs ?? [],
    zooPrograms.map(({ name }) => name),
  );
  checkNames("cause", causes ?? [], [UNCHANGED, ...zooCauses.map(({ name }) => name)]);
  const found = zooCases().filter(
    (one) => (programs?.includes(one.program.name) ?? true) && (causes?.includes(causeName(one)) ?? true),
  );
  if (found.length > 0) return found;
  throw new ConfigError("no program of the zoo is tried with that cause", { help: "`gantry zoo list` says which are" });
}
