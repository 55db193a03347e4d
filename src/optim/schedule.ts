/** @file Schedules: numbers as functions of the share of training done. Pure, evaluated in TypeScript, fed as scalars. */

import { z } from "zod";
import type { Operand } from "../graph/tensor.ts";
import { ConfigError } from "../util/errors.ts";

/** The shape of a schedule. */
export interface Schedule {
  /** `constant`; `linear` and `cosine` go from the base to `final`; `exponential` multiplies by it. Default constant. */
  readonly kind: "constant" | "linear" | "cosine" | "exponential";
  /** Factor reached at the end, relative to the base. Default 0 (exponential: 0.01). */
  readonly final?: number | undefined;
  /** Images over which the value first rises linearly from 0. Default 0. */
  readonly warmup?: number | undefined;
  /** Share of the training after which the end is reached, above 0 to 1. Default 1. */
  readonly until?: number | undefined;
}

/**
 * The factor at `images` of `total`, from 0 to 1 for falling schedules. Progress is counted in images, so that batch size
 * does not change its meaning.
 */
export function scheduleFactor(schedule: Schedule, images: number, total: number): number {
  const { kind, final = kind === "exponential" ? 0.01 : 0, warmup, until = 1 } = schedule;
  const warm = warmup ? Math.min(1, images / warmup) : 1;
  if (kind === "constant") return warm;
  return warm * rampAt({ from: 1, to: final, kind, until }, images / Math.max(1, total));
}

/** A number that moves from one value to another. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  /** The way between; `exponential` has a constant ratio and needs both ends above 0. */
  readonly kind: "linear" | "cosine" | "exponential";
  /** Share of the training after which `to` is reached and kept, above 0 to 1. */
  readonly until: number;
}

/** A number, or one that moves during training. */
export type Scheduled = number | Ramp;

/** A ramp's value where `progress`, from 0, is the share of the training done. */
export function rampAt({ from, to, kind, until }: Ramp, progress: number): number {
  const share = Math.min(1, progress / until);
  switch (kind) {
    case "linear":
      return from + (to - from) * share;
    case "cosine":
      return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * share));
    case "exponential":
      return from === 0 ? 0 : from * (to / from) ** share;
  }
}

/** The value of a scheduled number where `progress` is the share of the training done. */
export const scheduledAt = (value: Scheduled, progress: number): number =>
  typeof value === "number" ? value : rampAt(value, progress);

/** How a traced step asks for a scheduled number: a constant stays a number, a ramp becomes a fed scalar called `name`. */
export type AskScheduled = (name: string, value: Scheduled) => Operand;

/** Answers constants only: for optimisers that are traced by hand. */
export const constantsOnly: AskScheduled = (name, value) => {
  if (typeof value === "number") return value;
  throw new ConfigError(`${name} moves during training: whoever traces the step must feed it`);
};

/** The schema of a scheduled number whose values satisfy `number`. */
export function scheduledSchema(number: z.ZodNumber) {
  const ramp = z
    .strictObject({
      from: number.describe("value at the start"),
      to: number.describe("value at the end"),
      kind: z.enum(["linear", "cosine", "exponential"]).default("cosine").describe("the way between"),
      until: z.number().positive().max(1).default(1).describe("share of the training after which the end is reached"),
    })
    .refine(({ kind, from, to }) => kind !== "exponential" || (from > 0 && to > 0), {
      message: "an exponential ramp needs both ends above 0",
    });
  return z.union([number, ramp]);
}
