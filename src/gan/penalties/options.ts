/** @file Options that penalties share. */

import { z } from "zod";
import { scheduledSchema } from "../../optim/schedule.ts";

/** Laziness. */
export const every = z.int().min(1).default(1).describe("updates between two computations; the term is scaled by it");

/** A weight of at least 0, which may move during training. */
export const weight = (value: number, what: string) => scheduledSchema(z.number().min(0)).default(value).describe(what);

/** Whose weights a penalty is about; with `both` each player feels that of its own. */
export const player = (value: "generator" | "discriminator") =>
  z.enum(["generator", "discriminator", "both"]).default(value).describe("whose weights; `both`: each its own");
