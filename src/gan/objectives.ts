/** @file The objectives, one row each. r and f are the logits of reals and fakes; means are over the batch. */

import { z } from "zod";
import type { Tensor } from "../graph/ops.ts";
import { add, mean, mul, neg, relu, softplus, square, stopGradient, sub, sum } from "../graph/tensor.ts";
import { entry, registry } from "../util/registry.ts";
import type { Objective } from "./objective.ts";
import { arePlain, type LabelChoice, labelOptions, labelsOf } from "./objectives/labels.ts";

/** Binary cross-entropy of logits against labels: −y log σ(l) − (1 − y) log(1 − σ(l)) = softplus(l) − y l. */
const softCrossEntropy = (logits: Tensor, labels: Tensor): Tensor => mean(sub(softplus(logits), mul(labels, logits)));

/** The discriminator of Goodfellow et al., from logits: the sum (not the mean) of its two cross-entropies. */
const crossEntropy =
  (choice: LabelChoice): Objective["discriminator"] =>
  (real, fake, context) =>
    arePlain(choice)
      ? add(mean(softplus(neg(real))), mean(softplus(fake)))
      : add(
          softCrossEntropy(real, labelsOf(choice, "real", real, context)),
          softCrossEntropy(fake, labelsOf(choice, "fake", fake, context)),
        );

/** Saturating minimax game. */
export const minimax = entry({
  name: "minimax",
  summary: "D: −log σ(r) − log(1 − σ(f)); G: log(1 − σ(f)), which saturates where D is sure.",
  paper: "Goodfellow et al., Generative Adversarial Nets, 2014, equation 1",
  options: z.strictObject(labelOptions),
  create: (labels): Objective => ({
    discriminator: crossEntropy(labels),
    generator: (fake, _, { meanOfFakes }) => neg(meanOfFakes(softplus(fake))),
  }),
});

/** Non-saturating game: the default. */
export const nonSaturating = entry({
  name: "non-saturating",
  summary: "D: −log σ(r) − log(1 − σ(f)); G: −log σ(f). Binary cross-entropy from logits.",
  paper: "Goodfellow et al., Generative Adversarial Nets, 2014, section 3",
  options: z.strictObject(labelOptions),
  create: (labels): Objective => ({
    discriminator: crossEntropy(labels),
    generator: (fake, _, { meanOfFakes }) => meanOfFakes(softplus(neg(fake))),
  }),
});

/** Least squares; the paper's a, b and c are `fakeLabel`, `realLabel` and `target`. */
export const leastSquares = entry({
  name: "least-squares",
  summary:
    "D: ½(r − b)² + ½(f − a)²; G: ½(f − c)². Labels a = 0, b = c = 1, or −1, 1, 0; with the paper's halves, which most public code leaves out (its learning rates act on twice the loss).",
  paper: "Mao et al., Least Squares Generative Adversarial Networks, 2017, equation 9",
  options: z.strictObject({
    ...labelOptions,
    target: z.number().default(1).describe("c: what G wants D to say of fakes"),
  }),
  create: ({ target, ...labels }): Objective => ({
    discriminator: (real, fake, context) =>
      add(
        mul(mean(square(sub(real, labelsOf(labels, "real", real, context)))), 0.5),
        mul(mean(square(sub(fake, labelsOf(labels, "fake", fake, context)))), 0.5),
      ),
    generator: (fake, _, { meanOfFakes }) => mul(meanOfFakes(square(sub(fake, target))), 0.5),
  }),
});

/** Wasserstein critic. */
export const wasserstein = entry({
  name: "wasserstein",
  summary: "D: f − r; G: −f. Needs a Lipschitz critic: use it with `wgan-gp`, or clip the critic's weights.",
  paper: "Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017",
  options: z.strictObject({}),
  create: (): Objective => ({
    shiftFree: true,
    discriminator: (real, fake) => sub(mean(fake), mean(real)),
    generator: (fake, _, { meanOfFakes }) => neg(meanOfFakes(fake)),
  }),
});

/** Hinge. */
export const hinge = entry({
  name: "hinge",
  summary: "D: max(0, 1 − r) + max(0, 1 + f); G: −f. Bounded pull on D; made for spectral normalisation.",
  paper: "Lim and Ye, Geometric GAN, 2017; Miyato et al., Spectral Normalization for GANs, 2018",
  options: z.strictObject({}),
  create: (): Objective => ({
    discriminator: (real, fake) => add(mean(relu(sub(1, real))), mean(relu(add(1, fake)))),
    generator: (fake, _, { meanOfFakes }) => neg(meanOfFakes(fake)),
  }),
});

/** Relativistic pairing, non-saturating on both sides. */
export const relativistic = entry({
  name: "relativistic",
  summary: "D: −log σ(r − f); G: −log σ(f − r), each real paired with the fake of the same place in the batch (RpGAN).",
  paper:
    "Jolicoeur-Martineau, The Relativistic Discriminator, 2018; Huang et al., The GAN Is Dead; Long Live the GAN!, 2024",
  options: z.strictObject({}),
  create: (): Objective => ({
    shiftFree: true,
    discriminator: (real, fake) => mean(softplus(sub(fake, real))),
    generator: (fake, real, { meanOfFakes }) => meanOfFakes(softplus(sub(real, fake))),
  }),
});

/** A mean over one side of the batch. */
type Mean = (losses: Tensor) => Tensor;

/** −log σ(a − mean b) − log(1 − σ(b − mean a)): the sum of both halves, as in the paper; some code takes their mean. */
const relativeToMean = (a: Tensor, b: Tensor, meanOfA: Mean = mean): Tensor =>
  add(meanOfA(softplus(sub(mean(b), a))), mean(softplus(sub(b, meanOfA(a)))));

/** Relativistic average. */
export const relativisticAverage = entry({
  name: "relativistic-average",
  summary: "D: −log σ(r − mean f) − log(1 − σ(f − mean r)); G: the same with r and f exchanged (RaGAN).",
  paper: "Jolicoeur-Martineau, The Relativistic Discriminator: a Key Element Missing from Standard GAN, 2018",
  options: z.strictObject({}),
  create: (): Objective => ({
    shiftFree: true,
    discriminator: (real, fake) => relativeToMean(real, fake),
    generator: (fake, real, { meanOfFakes }) => relativeToMean(fake, real, meanOfFakes),
  }),
});

/**
 * Feature matching: E f is the mean over the batch of what the discriminator shows before its last layer, and the square
 * is summed over the features, as in the paper; some code takes their mean, which divides by their number. The generator
 * alone learns from it: the discriminator's parameters and the features of the reals are constants to it.
 */
export const featureMatching = entry({
  name: "feature-matching",
  summary:
    "D: −log σ(r) − log(1 − σ(f)); G: ‖E f(x) − E f(G(z))‖², f the features before D's last layer, − w log σ(f).",
  paper: "Salimans et al., Improved Techniques for Training GANs, 2016, section 3.1",
  options: z.strictObject({
    ...labelOptions,
    adversarial: z
      .number()
      .min(0)
      .default(0)
      .describe("w: weight of the non-saturating loss beside it; 0 in the paper"),
  }),
  create: ({ adversarial, ...labels }): Objective => ({
    discriminator: crossEntropy(labels),
    generator: (fake, _, { features, meanOfFakes }) => {
      const apart = sub(mean(features("fake"), [0]), stopGradient(mean(features("real"), [0])));
      const matching = sum(square(apart));
      return adversarial === 0 ? matching : add(matching, mul(meanOfFakes(softplus(neg(fake))), adversarial));
    },
  }),
});

/** Every objective by name. */
export const objectives = registry<Objective>([
  minimax,
  nonSaturating,
  leastSquares,
  wasserstein,
  hinge,
  relativistic,
  relativisticAverage,
  featureMatching,
]);
