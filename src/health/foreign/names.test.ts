/** @file Signals by the names that others give them. */

import { expect, test } from "vitest";
import { signalOf, trackOf } from "./names.ts";

test.each([
  ["Loss/G/loss", "loss/generator"],
  ["G_loss", "loss/generator"],
  ["loss_D", "loss/discriminator"],
  ["errD", "loss/discriminator"],
  ["Loss/scores/real", "score/real"],
  ["diversity/samples", "diversity/samples"],
  ["nothing", undefined],
  ["Timing/total_sec", undefined],
])("%s is %s", (text, signal) => {
  expect(signalOf(text)).toBe(signal);
});

test("signals of steps and of looks are kept apart", () => {
  expect([trackOf("loss/generator"), trackOf("auc/fake"), trackOf("los/generator")]).toEqual([
    "scalars",
    "looks",
    undefined,
  ]);
});
