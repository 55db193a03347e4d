/** @file The check of how the players move: rates, momentum and turns. */

import { type Config, imagesPerStep } from "../../config/config.ts";
import { scheduleFactor } from "../../optim/schedule.ts";
import { mean } from "../../util/averages.ts";
import { isBounded } from "../bounded.ts";
import {
  HIGHEST_OF_DESCENT,
  highMomentum,
  LOWEST_RATE,
  lagsBehind,
  type Optimizer,
  riseOf,
  UNEQUAL,
} from "../usual-rates.ts";
import { type Check, type Finding, found, ok, short } from "./check.ts";

/** Rate of Adam and RMSProp from which published trainings fail; at twice as much remedies take it for the fault. */
const HIGH_RATE = 5e-3;
/** How far a weight must be able to move in the whole training, beside initial weights of about 0.02. */
const LEAST_TRAVEL = 0.02;
/** Optimisers whose moves are as large as the rate, whatever the gradient. */
const NORMALISED: readonly string[] = ["adam", "adamw", "rmsprop"];
/** Points of a schedule that its mean is taken of. */
const POINTS = 100;

const PLAYERS = ["generator", "discriminator"] as const;

/** The mean of what a rate is multiplied by, over the training. */
function meanFactor({ schedule }: Optimizer, images: number): number {
  const at = Array.from({ length: POINTS }, (_, i) => ((i + 0.5) / POINTS) * images);
  return mean(at.map((shown) => scheduleFactor(schedule, shown, images)));
}

/** What is unusual of one player's optimiser. */
function ofPlayer(config: Config, player: (typeof PLAYERS)[number], steps: number): Finding[] {
  const own = config.optimizer[player];
  const { name, lr } = own;
  const at = `optimizer.${player}`;
  const out: Finding[] = [];
  const momentum = highMomentum(own);
  if (momentum !== undefined) {
    const usual = momentum.key === "beta1" ? "0 (StyleGAN, R3GAN) or 0.5 (DCGAN)" : "0";
    const what = `${at}.${momentum.key} is ${momentum.value}`;
    const says = `${what}: with momentum as in other tasks the players turn about each other`;
    out.push(found("warning", says, `set ${at}.${momentum.key} to ${usual}`, "oscillation"));
  }
  const rise = riseOf(own);
  if (rise > 1) {
    const says = `${at}.lr rises from ${lr} to ${short(rise * lr)}: at rates that rise the players lose what they had`;
    out.push(found("warning", says, `set ${at}.schedule.final to at most 1`, "oscillation"));
  }
  if (name === "sgd" && lr >= HIGHEST_OF_DESCENT) {
    const says = `${at}.lr is ${lr}: no published GAN was trained by plain descent at ${HIGHEST_OF_DESCENT} or more`;
    out.push(found("warning", says, `set ${at}.lr to 0.01 or less`, "numerical-divergence"));
  }
  if (!NORMALISED.includes(name)) return out;
  const furthest = lr * steps * config.updates[`${player}Steps`] * meanFactor(own, steps * imagesPerStep(config));
  const published = `published trainings with ${name} lie between 5e-5 and 2.5e-3`;
  const usual = `set ${at}.lr to 2e-4, or to 1e-3 for points`;
  if (lr >= HIGH_RATE) {
    out.push(found("warning", `${at}.lr is ${lr}: ${published}`, usual, "numerical-divergence"));
  } else if (furthest < LEAST_TRAVEL && steps >= 1000) {
    const says = `${at}.lr is ${lr}: in ${steps} steps no weight can move by more than ${short(furthest)}`;
    out.push(found("warning", says, `set ${at}.lr to 2e-4`, "stalled"));
  } else if (lr < LOWEST_RATE) {
    out.push(found("info", `${at}.lr is ${lr}: ${published}`, usual, "stalled"));
  }
  return out;
}

/** What is unusual of one player's rate beside the other's. */
function ofBoth({ generator, discriminator }: Config["optimizer"]): Finding[] {
  const [g, d] = [generator.lr, discriminator.lr];
  const usual = "rates within a factor of four of each other are usual, the discriminator's the higher";
  const code = g > d ? "discriminator-underfitting" : "vanishing-gradient";
  const ratio = short(Math.max(g, d) / Math.min(g, d));
  if (Math.max(g, d) > UNEQUAL * Math.min(g, d) && generator.name === discriminator.name)
    return [found("info", `learning rates are ${ratio} times apart`, usual, code)];
  if (!lagsBehind({ generator, discriminator })) return [];
  return [found("info", `the generator learns at ${ratio} times the discriminator's rate`, usual, code)];
}

/** What is unusual of when the players move. */
function ofTurns(config: Config): Finding[] {
  const { generatorSteps, discriminatorSteps, mode } = config.updates;
  const out: Finding[] = [];
  if (generatorSteps > discriminatorSteps) {
    const turns = `the generator moves ${generatorSteps} times against ${discriminatorSteps} of the discriminator`;
    const says = `${turns}: it may run to the one sample that this takes for most real`;
    out.push(found("warning", says, `set updates.generatorSteps to at most ${discriminatorSteps}`, "mode-collapse"));
  }
  if (mode === "simultaneous" && !isBounded(config)) {
    const says =
      "both players move at once, and nothing bounds the discriminator's slope: near a solution they turn away from it";
    out.push(found("warning", says, "set updates.mode=alternating, or add penalties=r1", "oscillation"));
  }
  if (mode === "simultaneous" && isBounded(config)) {
    const says = "both players move at once: neither answers what the other has just done";
    out.push(found("info", says, "set updates.mode=alternating", "oscillation"));
  }
  return out;
}

/** Whether rates, momentum and turns are such as published trainings use. What a remedy takes for a fault of the config is named here. */
export const optimizers: Check = {
  name: "optimizers",
  title: "Rates, momentum and turns are usual",
  looksAt: "learning rates and where they lead, momentum, how often each player moves, and whether both move at once",
  run: ({ config, steps }) => {
    const { generator, discriminator } = config.optimizer;
    const out = [
      ...PLAYERS.flatMap((player) => ofPlayer(config, player, steps)),
      ...ofBoth(config.optimizer),
      ...ofTurns(config),
    ];
    return out.length > 0 ? out : [ok(`rates ${generator.lr} (generator) and ${discriminator.lr} (discriminator)`)];
  },
};
