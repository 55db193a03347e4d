/** @file Making a game: both networks are declared, and checked against the samples and each other. */

import type { Shape } from "../../graph/ops.ts";
import { declareNetwork } from "../../nn/module.ts";
import { packLayout } from "../../nn/pack.ts";
import { ConfigError, ShapeError } from "../../util/errors.ts";
import type { PlayerName } from "../penalty.ts";
import { checkAugments, checkCompany, requireShown } from "./checks.ts";
import { conditionSize, type Game, type GameOptions } from "./game.ts";
import type { Player } from "./player.ts";

/** Numbers of a player, at most: they lie in one array, whose places ONNX Runtime's kernels count in 32 bits. */
const MOST_PARAMETERS = 2 ** 31 - 1;

function player(name: PlayerName, part: GameOptions[PlayerName], inputShape: Shape, conditionShape?: Shape): Player {
  const network = declareNetwork(name, part.layer, inputShape, conditionShape);
  const parameters = packLayout(network.params);
  if (parameters.length > MOST_PARAMETERS) {
    const [has, most] = [parameters.length, MOST_PARAMETERS].map((count) => count.toLocaleString("en"));
    throw new ConfigError(`the ${name} would have ${has} parameters; ${most} are the most`, {
      help: "make the networks smaller, by model.width or what the model has in its place",
    });
  }
  return {
    name,
    layer: part.layer,
    network,
    parameters,
    buffers: packLayout(network.buffers),
    optimizer: part.optimizer,
    slots: part.optimizer.slots(parameters.length),
  };
}

/**
 * Declares both networks and checks that they fit the samples and each other.
 * @throws ShapeError naming the layer and both shapes.
 * @throws ConfigError where a player is too large, or something of the options does not fit the others.
 */
export function createGame(options: GameOptions): Game {
  const { sample, batch, latent, condition, packing = 1 } = options;
  checkAugments(options.augments ?? {}, sample);
  if (batch % packing !== 0) throw new ConfigError(`packs of ${packing} do not divide a batch of ${batch}`);
  checkCompany(options);
  const wanted = [batch, ...sample.shape];
  if (condition !== undefined && conditionSize(condition) < 1) throw new ConfigError("the condition is empty");
  const asked = condition && conditionSize(condition);
  const told = options.reconstructor === undefined ? asked : latent;
  const generator = player(
    "generator",
    options.generator,
    [batch, latent],
    asked === undefined ? undefined : [batch, asked],
  );
  if (generator.network.output.join() !== wanted.join()) {
    throw new ShapeError(
      `the generator makes samples of [${generator.network.output.slice(1)}], the data are [${sample.shape}]`,
      { help: "set data.size and data.channels, or the model's own size, so that both agree" },
    );
  }
  requireShown(generator, options.penalties);
  if (condition !== undefined && !generator.network.conditioned) {
    throw new ConfigError("the generator makes nothing of what it is asked for", {
      help: "its layers must look at Context.condition; conditionGenerator() sees to that",
    });
  }
  const [channels, ...rest] = sample.shape as [number, ...number[]];
  const discriminator = player(
    "discriminator",
    options.discriminator,
    [batch / packing, packing * channels, ...rest],
    told === undefined ? undefined : [batch / packing, packing * told],
  );
  const logits = [batch / packing, 1];
  if (discriminator.network.output.join() !== logits.join()) {
    throw new ShapeError(`the discriminator must give logits [${logits}], it gives [${discriminator.network.output}]`);
  }
  return { ...options, generator, discriminator };
}
