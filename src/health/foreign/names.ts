/** @file What other trainers call the signals that Gantry measures. */

import { describeSignal } from "../signals.ts";
import type { Track } from "./series.ts";

/** Names of columns and tags, in lower case, letters and digits only, and the signals that they are. */
const SIGNALS: Readonly<Record<string, string>> = {
  ...names(
    "loss/generator",
    "lossgloss gloss lossg genloss generatorloss lossgenerator gentotal errg trainlossg traingloss",
  ),
  ...names(
    "loss/discriminator",
    "lossdloss dloss lossd disloss discloss discriminatorloss lossdiscriminator criticloss losscritic errd trainlossd traindloss",
  ),
  ...names("score/real", "lossscoresreal scoresreal scorereal drealscore realscore dlogitsreal"),
  ...names("score/fake", "lossscoresfake scoresfake scorefake dfakescore fakescore dlogitsfake"),
  ...names("sign/real", "losssignsreal signsreal signreal"),
  ...names("sign/fake", "losssignsfake signsfake signfake"),
  ...names("accuracy/real", "accuracyreal accreal realacc daccreal"),
  ...names("accuracy/fake", "accuracyfake accfake fakeacc daccfake"),
  ...names("gradient/generator", "gradientgenerator gradnormg ggradnorm gradg"),
  ...names("gradient/discriminator", "gradientdiscriminator gradnormd dgradnorm gradd"),
  ...names("penalty/r1", "lossr1penalty r1penalty"),
  ...names("penalty/r2", "lossr2penalty r2penalty"),
};

function names(signal: string, others: string): Record<string, string> {
  return Object.fromEntries(others.split(" ").map((other) => [other, signal]));
}

/** The signal that a column or a tag is by its name, or undefined. A name of Gantry's own is itself. */
export function signalOf(name: string): string | undefined {
  const signal = SIGNALS[name.toLowerCase().replace(/[^a-z0-9]/g, "")];
  return signal ?? (trackOf(name) === undefined ? undefined : name);
}

/** Where a signal stands in a history by its name, such as `loss/generator`; undefined for a name that is none. */
export function trackOf(name: string): Exclude<Track, "metrics"> | undefined {
  const signal = describeSignal(name);
  if (signal === undefined || signal.form === "list") return undefined;
  return signal.measured === "step" ? "scalars" : "looks";
}
