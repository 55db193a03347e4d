/** @file What cannot be played together, where it is known only when the networks are: refused before anything is trained. */

import { ConfigError } from "../../util/errors.ts";
import type { Augment } from "../augment.ts";
import type { GameOptions, SampleType } from "./game.ts";
import type { Player } from "./player.ts";
import { replayedPlaces } from "./replay.ts";

/** @throws ConfigError for parts of a game that cannot be played together. */
export function checkCompany(options: GameOptions): void {
  const { batch, condition, packing = 1, replay, reconstructor, updates } = options;
  const part = replay !== undefined ? "replay" : reconstructor !== undefined ? "reconstructor" : undefined;
  if (part !== undefined && condition !== undefined) {
    throw new ConfigError(`${part}: not for a game in which the generator is asked for something`, {
      help: `leave out ${part}, or train without labels`,
    });
  }
  if (replay === undefined) return;
  replayedPlaces(replay, batch);
  const help = { help: "leave out one of the two" };
  if (packing > 1)
    throw new ConfigError("replay: a pack of old and new fakes is more varied than the generator is", help);
  if (updates.mode === "extragradient" || updates.unroll !== undefined) {
    throw new ConfigError(
      "replay: looking ahead takes one batch for both players, and with old fakes they have two",
      help,
    );
  }
  if (reconstructor !== undefined) {
    throw new ConfigError("replay: a reconstructor needs the latents of old fakes, which are not kept", help);
  }
}

/** @throws ConfigError when a penalty looks at what the generator does not show. */
export function requireShown({ network }: Player, penalties: GameOptions["penalties"]): void {
  for (const [name, { needs = [] }] of Object.entries(penalties)) {
    const missing = needs.find((part) => !network.shown.has(part));
    if (missing === undefined) continue;
    throw new ConfigError(`the penalty "${name}" looks at the generator's ${missing}, which this model does not have`, {
      help: 'leave the penalty out, or use a model that has them: "stylegan2"',
    });
  }
}

/** @throws ConfigError when an augmentation is not for such samples. */
export function checkAugments(augments: Readonly<Record<string, Augment>>, { kind, shape }: SampleType): void {
  for (const [key, augment] of Object.entries(augments)) {
    if (!augment.kinds.includes(kind)) {
      throw new ConfigError(`augment: "${key}" is for ${augment.kinds.join(" and ")}; the data are ${kind}`, {
        help: `leave "${key}" out of augment; for points there are apa, instanceNoise and the consistency penalties`,
      });
    }
    augment.check?.(shape);
  }
}
