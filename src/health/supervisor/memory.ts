/** @file What the supervisor remembers beside the history, and how it forgets. */

import type { FailureCode } from "../codes.ts";
import type { Confirmation } from "../diagnosis.ts";
import type { Finding } from "./protocol.ts";

/** A counterfactual that was asked for. */
interface Asked {
  /** What it said; null while it has not been tried. */
  readonly answer: Confirmation | null;
  /** Looks since it was asked for. */
  readonly waited: number;
}

/** What the supervisor remembers beside the history. */
export interface Memory {
  /** Whether the warm-up is over. */
  readonly warm: boolean;
  /** Looks to wait, after a remedy, before samples are judged again. */
  readonly cooling: number;
  /** Whether there was a failure: being healthy is then called recovered. */
  readonly hasFailed: boolean;
  /** Looks in a row without anything to find; and without anything that is failing. */
  readonly calm: number;
  readonly relief: number;
  /** What was said of each failure that is going on. */
  readonly said: { readonly [K in FailureCode]?: Pick<Finding, "level" | "confidence" | "confirmed"> };
  readonly asked: { readonly [K in FailureCode]?: Asked };
  /** Looks in a row in which what is remembered was not found. */
  readonly absent: { readonly [K in FailureCode]?: number };
  /** What a remedy was asked for in this failure, and when; null for nothing. And looks since then. */
  readonly acted: { readonly code: FailureCode; readonly step: number } | null;
  readonly failingFor: number;
  /** The step of the best samples that the last plateau was counted from. */
  readonly plateauFrom: number | null;
}

/** Looks without a failure after which it is forgotten, and would be news. */
const FORGET = 3;

/** Before anything has happened. */
export const FRESH: Memory = {
  warm: false,
  cooling: 0,
  hasFailed: false,
  calm: 0,
  relief: 0,
  said: {},
  asked: {},
  absent: {},
  acted: null,
  failingFor: 0,
  plateauFrom: null,
};

/** Just asked for. */
export const UNANSWERED: Asked = { answer: null, waited: 0 };

/** Forgets what was said, asked and done of failures that have not been seen for some looks: one that comes back is new. */
export function forgetAbsent(memory: Memory, all: readonly Pick<Finding, "code">[]): Memory {
  if (memory.cooling > 0) return memory;
  const found = new Set(all.map(({ code }) => code));
  const known = new Set([...Object.keys(memory.said), ...Object.keys(memory.asked)] as FailureCode[]);
  const absent: { [K in FailureCode]?: number } = {};
  for (const code of known) if (!found.has(code)) absent[code] = (memory.absent[code] ?? 0) + 1;
  const isGone = (code: string) => (absent[code as FailureCode] ?? 0) >= FORGET;
  const present = <T extends object>(of: T) => Object.fromEntries(Object.entries(of).filter(([code]) => !isGone(code)));
  return {
    ...memory,
    said: present(memory.said),
    asked: present(memory.asked),
    absent: present(absent),
    acted: memory.acted && isGone(memory.acted.code) ? null : memory.acted,
  };
}

/** What was said to be failing is only watched any more. */
export const lowered = (said: Memory["said"]): Memory["said"] =>
  Object.fromEntries(Object.entries(said).map(([code, finding]) => [code, { ...finding, level: "watch" }]));
