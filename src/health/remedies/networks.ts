/** @file Remedies that change the discriminator's network. */

import { PER_SAMPLE_PENALTIES } from "../../config/rules/batch.ts";
import type { Config } from "../../config/schema.ts";
import { isSpectral } from "../bounded.ts";
import type { Remedy } from "../remedy.ts";
import { changed } from "./change.ts";

/** The models that can be spectrally normalised: the option, and its value that does it. */
const SPECTRAL: Readonly<Record<string, readonly [option: string, value: string]>> = {
  mlp: ["norm", "spectral"],
  dcgan: ["norm", "spectral"],
  metz: ["norm", "spectral"],
  resnet: ["spectral", "discriminator"],
  biggan: ["spectral", "discriminator"],
};

/** Spectral normalisation of the discriminator. */
export const spectralNorm: Remedy = {
  name: "spectral-norm",
  title: "Divide the discriminator's weights by their largest singular value",
  why: "A discriminator whose slope is bounded can neither explode nor leave the generator without a gradient: of public trainings 5 of 33 collapsed with it, and all of 10 without. It costs a twentieth more time; it is not combined with a slope penalty.",
  kind: "restart",
  references: ["Miyato, Kataoka, Koyama and Yoshida, Spectral Normalization for Generative Adversarial Networks, 2018"],
  apply: (config) => {
    const [option, value] = SPECTRAL[config.model.name] ?? [];
    const isPenalised = config.penalties.some(({ name }) => PER_SAMPLE_PENALTIES.includes(name));
    if (option === undefined || isPenalised || isSpectral(config)) return null;
    return changed(config, { model: { ...config.model, [option]: value } });
  },
};

const METZ = "Metz, Poole, Pfau and Sohl-Dickstein, Unrolled Generative Adversarial Networks, 2017";

/** The models whose discriminator has a width of its own, as a share of the generator's. */
const withShare = (config: Config, share: (now: number) => number): Config | null => {
  const now = config.model.discriminator;
  if (config.model.name !== "metz" || typeof now !== "number") return null;
  return changed(config, { model: { ...config.model, discriminator: share(now) } });
};

/** A discriminator as wide as the generator. */
export const widerDiscriminator: Remedy = {
  name: "wider-discriminator",
  title: "Make the discriminator as wide as the generator",
  why: "A discriminator that is much smaller than the generator cannot see what is missing: with a half instead of a quarter of its width, 78 of 1,000 modes became 488 in PacGAN's Table 3. A step takes longer.",
  kind: "restart",
  references: [METZ, "Lin, Khetan, Fanti and Oh, PacGAN, 2018, Table 3"],
  apply: (config) => withShare(config, (now) => Math.max(now, 1)),
};

/** A discriminator of at most half of the generator's width. */
export const smallerDiscriminator: Remedy = {
  name: "smaller-discriminator",
  title: "Make the discriminator half as wide as the generator",
  why: "A small discriminator cannot learn a small data set by heart. Too small a one no longer sees missing modes.",
  kind: "restart",
  references: [METZ],
  apply: (config) => withShare(config, (now) => Math.min(now, 0.5)),
};
