/** @file Every metric by name. */

import { z } from "zod";
import { median } from "../util/averages.ts";
import { DataError } from "../util/errors.ts";
import { entry, type Registry, registry } from "../util/registry.ts";
import { permutation, streamKey } from "../util/rng.ts";
import { birthdayTest } from "./birthday.ts";
import { classCounts, classifierScore, classify, modeScore } from "./classes.ts";
import { differentBins } from "./different-bins.ts";
import { nearest } from "./distances.ts";
import { dualityGap } from "./duality-gap.ts";
import type { Features } from "./features.ts";
import { frechetAtInfinity, frechetDistance } from "./frechet.ts";
import { jsDivergence, jsFloor, shares } from "./histogram.ts";
import { kernelDistance } from "./kernel-distance.ts";
import { copyingReport } from "./memorisation.ts";
import type { Images, Metric, MetricInputs, MomentInputs, Sizes } from "./metric.ts";
import { modes, stacked } from "./mode-metrics.ts";
import { type Moments, type MomentsOptions, momentsBy, shrink } from "./moments.ts";
import { msSsim } from "./ms-ssim.ts";
import { expectedCoverage, precisionRecall } from "./precision-recall.ts";
import { slicedWasserstein } from "./sliced-wasserstein.ts";

const shrinkage = z
  .number()
  .min(0)
  .max(1)
  .default(0)
  .describe("share of the off-diagonal covariance taken away; above 0 it allows fewer samples than features");

/** A covariance of full rank needs more samples than features, on both sides. */
const covarianceObstacle =
  (shrinkage: number) =>
  ({ samples, reference, dimensions }: Sizes): string | undefined => {
    const fewest = Math.min(samples, reference);
    if (fewest > (shrinkage > 0 ? 1 : dimensions)) return undefined;
    return `${fewest} ${samples <= reference ? "samples" : "reals"} cannot determine the covariance of ${dimensions} features`;
  };

/** How subsets are drawn, and their products made. */
type Drawn = Pick<MetricInputs, "products" | "seed">;

/**
 * A metric that needs no more of the reals than mean and covariance. The row's function is given them shrunken by `options`, whether
 * they are computed here or come out of a file.
 */
function momentMetric(
  options: Required<MomentsOptions>,
  row: Pick<Metric, "better" | "figures" | "obstacle"> & { readonly fromMoments: NonNullable<Metric["fromMoments"]> },
): Metric {
  const compute = async (inputs: MetricInputs) =>
    row.fromMoments({ ...inputs, reference: await momentsBy(inputs.reference.features, inputs.products, options) });
  const fromMoments = (inputs: MomentInputs) =>
    row.fromMoments({ ...inputs, reference: shrink(inputs.reference, options.shrinkage) });
  return { ...row, fromMoments, needs: [], uses: "features", compute };
}

/** Frechet distance. */
export const frechet = entry({
  name: "fid",
  summary:
    "Frechet distance |m₁ − m₂|² + tr(C₁ + C₂ − 2(C₁C₂)^½) between Gaussians fitted to features. Small is good. What reals score has no theory, since features are no Gaussians: compare with `real`.",
  paper: "Heusel et al., GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, 2017",
  options: z.strictObject({ shrinkage }),
  create: (options): Metric =>
    momentMetric(options, {
      better: "small",
      figures: { fid: "small" },
      obstacle: covarianceObstacle(options.shrinkage),
      fromMoments: async ({ samples, reference, products }: MomentInputs) => ({
        fid: { value: frechetDistance(await momentsBy(samples.features, products, options), reference) },
      }),
    }),
});

/** Frechet distance for infinitely many samples. */
export const frechetInfinity = entry({
  name: "fid-infinity",
  summary:
    "The Frechet distance for infinitely many samples and reals, by a line in 1/N through subsets of both; by statistics, whose reals are what they are, of the samples alone. Near 0 is good: what is below 0 is the error of the line.",
  paper: "Chong and Forsyth, Effectively Unbiased FID and Inception Score and Where to Find Them, 2020",
  options: z.strictObject({ points: z.int().min(2).default(15).describe("numbers of samples tried"), shrinkage }),
  create: ({ points, ...options }): Metric => {
    const measure = async (samples: Features, reference: Features | Moments, { products, seed }: Drawn) => {
      const { value, slope } = await frechetAtInfinity(samples, reference, products, { points, seed, ...options });
      return { "fid-infinity": { value }, slope: { value: slope } };
    };
    return {
      ...momentMetric(options, {
        better: { near: 0 },
        figures: { "fid-infinity": { near: 0 }, slope: null },
        obstacle: ({ samples, reference, dimensions }) => {
          const fewest = Math.min(samples, reference);
          if (fewest > 2 * dimensions) return undefined;
          const what = samples <= reference ? "samples" : "reals";
          return `${fewest} ${what} are not more than twice as many as the ${dimensions} features`;
        },
        fromMoments: (inputs) => measure(inputs.samples.features, inputs.reference, inputs),
      }),
      compute: (inputs) => measure(inputs.samples.features, inputs.reference.features, inputs),
    };
  },
});

/** Kernel distance. */
export const kernel = entry({
  name: "kid",
  summary:
    "Unbiased squared MMD with the kernel (x·y/D + 1)³, mean over disjoint blocks, with its standard error from five blocks on. 0 on average for equals; near 0 is good: what is below 0 is error, however large.",
  paper: "Bińkowski, Sutherland, Arbel and Gretton, Demystifying MMD GANs, 2018",
  options: z.strictObject({
    blockSize: z
      .int()
      .min(2)
      .optional()
      .describe("samples in a block, at most; without it 1000, or a tenth of the samples where that is less"),
  }),
  create: ({ blockSize }): Metric => ({
    // An estimate of what is never negative. Features that are far out in all directions have a large one of either sign.
    better: { near: 0 },
    figures: { kid: { near: 0 } },
    needs: [],
    uses: "features",
    compute: async ({ samples, reference, products, seed }) => {
      const { value, standardError } = await kernelDistance(samples.features, reference.features, products, {
        blockSize,
        seed,
      });
      return { kid: { value, ...(Number.isFinite(standardError) && { standardError }), ideal: 0 } };
    },
  }),
});

/** Precision, recall, density, coverage. */
export const precision = entry({
  name: "prdc",
  summary:
    "Coverage (share of reals with a fake in their k-ball), with density, precision and recall. Large is good. Samples far from everything have wide balls, which raise recall: noise has more of it than reals. Of precision and recall no theory says what equals have: compare with `real`.",
  paper: "Naeem et al., Reliable Fidelity and Diversity Metrics for Generative Models, 2020; Kynkäänniemi et al., 2019",
  options: z.strictObject({ k: z.int().min(1).default(5).describe("neighbours that make a ball") }),
  create: ({ k }): Metric => ({
    better: "large",
    figures: { coverage: "large", density: "large", precision: "large", recall: "large" },
    obstacle: ({ samples, reference }) =>
      Math.min(samples, reference) > k
        ? undefined
        : `${Math.min(samples, reference)} ${samples <= reference ? "samples" : "reals"} have no ${k} neighbours each`,
    needs: [],
    uses: "features",
    compute: async ({ samples, reference, products }) => {
      const figures = await precisionRecall(reference.features, samples.features, products, k);
      const ideal = expectedCoverage(reference.features.count, samples.features.count, k);
      return {
        coverage: { value: figures.coverage, ideal },
        density: { value: figures.density, ideal: 1 },
        precision: { value: figures.precision },
        recall: { value: figures.recall },
      };
    },
  }),
});

/** Classifier score. */
export const score = entry({
  name: "classifier-score",
  summary:
    "exp E KL(p(y|x) ‖ p(y)): how sure the classifier is and how even the classes are. Large is good; blind to the reals. Its ideal is the number of classes, which reals fall short of: compare with `real`.",
  paper: "Salimans et al., Improved Techniques for Training GANs, 2016",
  options: z.strictObject({}),
  create: (): Metric => ({
    better: "large",
    figures: { "classifier-score": "large" },
    needs: ["probabilities"],
    uses: "features",
    compute: async ({ samples: { probabilities } }) => ({
      "classifier-score": { value: classifierScore(probabilities!), ideal: probabilities!.classes },
    }),
  }),
});

/** MODE score. */
export const modesScore = entry({
  name: "mode-score",
  summary:
    "exp(E KL(p(y|x) ‖ p(y)) − KL(p(y) ‖ p*(y))), p* the class shares of the reals: the classifier score, less for other shares. Large is good; no theory says what reals score: compare with `real`.",
  paper: "Che et al., Mode Regularized Generative Adversarial Networks, 2017; Xu et al., 2018",
  options: z.strictObject({}),
  create: (): Metric => ({
    better: "large",
    figures: { "mode-score": "large" },
    needs: ["probabilities"],
    uses: "features",
    compute: async ({ samples, reference }) => ({
      "mode-score": { value: modeScore(samples.probabilities!, reference.probabilities!) },
    }),
  }),
});

/** Class histogram. */
export const classes = entry({
  name: "classes",
  summary:
    "Jensen-Shannon divergence of the classes of fakes and reals, with the smallest share of a class. Small is good; equals have (K − 1)/8 · (1/N + 1/M) on average.",
  paper: "Lin, The Divergence Measures Based on the Shannon Entropy, 1991",
  options: z.strictObject({}),
  create: (): Metric => ({
    better: "small",
    figures: { js: "small", smallest: "large", confidence: "large" },
    needs: ["probabilities"],
    uses: "features",
    compute: async ({ samples, reference }) => {
      const count = samples.probabilities!.classes;
      const [fake, real] = [samples, reference].map(({ probabilities }) => classify(probabilities!));
      const [counts, wanted] = [classCounts(fake!.labels, count), classCounts(real!.labels, count)];
      const found = shares(counts);
      return {
        js: { value: jsDivergence(found, shares(wanted)), ideal: jsFloor(counts, wanted) },
        smallest: { value: Math.min(...found) },
        confidence: { value: fake!.confidence },
      };
    },
  }),
});

/** Number of statistically different bins. */
export const bins = entry({
  name: "ndb",
  summary:
    "Share of k-means cells of the reals whose counts differ significantly, with the divergence of the counts. Small is good; the level of the tests, 0.05, is the ideal, and equals have a little less, since the cells are made of the reals: compare with `real`.",
  paper: "Richardson and Weiss, On GANs and GMMs, 2018",
  options: z.strictObject({ bins: z.int().min(2).default(100).describe("cells") }),
  create: ({ bins }): Metric => ({
    better: "small",
    figures: { ndb: "small", js: "small" },
    obstacle: ({ reference }) => (reference >= bins ? undefined : `${reference} reals cannot make ${bins} cells`),
    needs: [],
    uses: "features",
    compute: async ({ samples, reference, products, seed }) => {
      const found = await differentBins(reference.features, samples.features, products, { bins, seed });
      return { ndb: { value: found.share, ideal: found.level }, js: { value: found.js } };
    },
  }),
});

/** Sliced Wasserstein distance. */
export const sliced = entry({
  name: "sliced-wasserstein",
  summary:
    "Mean over random directions of the transport between sorted projections of features. Small is good; no theory says what equals have: compare with `real`.",
  paper: "Rabin, Peyré, Delon and Bernot, Wasserstein Barycenter and Its Application to Texture Mixing, 2011",
  options: z.strictObject({ directions: z.int().min(1).default(512).describe("random directions") }),
  create: ({ directions }): Metric => ({
    better: "small",
    figures: { "sliced-wasserstein": "small" },
    obstacle: ({ samples, reference }) =>
      samples === reference ? undefined : `${samples} samples and ${reference} reals cannot be matched one to one`,
    needs: [],
    uses: "features",
    compute: async ({ samples, reference, seed }) => ({
      "sliced-wasserstein": { value: slicedWasserstein(samples.features, reference.features, { directions, seed }) },
    }),
  }),
});

/** Mean similarity of `pairs` pairs of images. */
function meanSimilarity({ data, count, shape }: Images, pairs: number, seed: number): number {
  const size = data.length / count;
  const order = permutation(streamKey(seed, "metrics/pairs"), 0, count);
  const used = Math.min(pairs, Math.floor(count / 2));
  if (used === 0) throw new DataError(`${count} image makes no pair`, { help: "use 2 or more" });
  const image = (i: number) => data.subarray(order[i]! * size, (order[i]! + 1) * size);
  let sum = 0;
  for (let i = 0; i < used; i++) sum += msSsim(image(2 * i), image(2 * i + 1), shape);
  return sum / used;
}

/** Structural diversity. */
export const similarity = entry({
  name: "ms-ssim",
  summary:
    "Mean multi-scale structural similarity of pairs of fakes, whatever their classes, where the paper pairs within a class. Smaller is more diverse; no theory says what reals have: compare with `real`.",
  paper: "Odena, Olah and Shlens, Conditional Image Synthesis with Auxiliary Classifier GANs, 2017",
  options: z.strictObject({ pairs: z.int().min(1).default(500).describe("pairs of images") }),
  create: ({ pairs }): Metric => ({
    better: "small",
    figures: { "ms-ssim": "small" },
    needs: ["images"],
    uses: "samples",
    compute: async ({ samples, seed }) => ({ "ms-ssim": { value: meanSimilarity(samples.images!, pairs, seed) } }),
  }),
});

/** Birthday paradox. */
export const birthday = entry({
  name: "birthday",
  summary:
    "s²/(2 ln 2) for the smallest batch of s that holds a duplicate half of the time, found to a tenth: an estimate of the support to a fifth and the chance of 20 trials. Large is good.",
  paper: "Arora, Risteski and Zhang, Do GANs Learn the Distribution? Some Theory and Empirics, 2018",
  options: z.strictObject({
    near: z
      .number()
      .positive()
      .default(0.1)
      .describe("duplicates are nearer than this share of the median distance of neighbouring reals"),
  }),
  create: ({ near }): Metric => ({
    better: "large",
    figures: { support: "large", "is-bound": null },
    obstacle: ({ samples, reference }) => {
      if (reference < 2) return "one real has no neighbour";
      return samples >= 32 ? undefined : `${samples} samples are too few for a birthday test`;
    },
    needs: [],
    uses: "features",
    compute: async ({ samples, reference, products, seed }) => {
      const { distances } = await nearest(reference.features, reference.features, 1, products);
      const usual = median(distances);
      if (!(usual > 0)) {
        throw new DataError("half or more of the reals have a duplicate, so no distance says what one is", {
          help: "take the duplicates out of the reals",
        });
      }
      const found = await birthdayTest(samples.features, near * usual, products, { seed });
      return { support: { value: found.support }, "is-bound": { value: found.atLeast ? 1 : 0 } };
    },
  }),
});

/** Memorisation. */
export const copying = entry({
  name: "copying",
  summary:
    "C_T: z-score of distances to the training set against those of held-out reals; below −3 is copying, far above 0 too far from the data. Near 0 is good. With the ratio of medians and authenticity.",
  paper:
    "Meehan, Chaudhuri and Dasgupta, A Non-Parametric Test to Detect Data-Copying in Generative Models, 2020; Alaa et al., 2022",
  options: z.strictObject({ cells: z.int().min(1).default(10).describe("k-means cells of the training set") }),
  create: ({ cells }): Metric => ({
    better: { near: 0 },
    figures: { ct: { near: 0 }, cells: null, ratio: { near: 1 }, authenticity: null },
    needs: ["memory"],
    uses: "features",
    compute: async ({ samples, memory, products, seed }) => {
      const sets = [memory!.training, memory!.heldOut, samples.features] as const;
      const { test, ratio, authenticity } = await copyingReport(...sets, products, { cells, seed });
      return {
        ct: { value: test.ct, ideal: 0 },
        cells: { value: test.cells, ideal: test.of },
        ratio: { value: ratio, ideal: 1 },
        authenticity: { value: authenticity },
      };
    },
  }),
});

/** The metric registry. */
export const metrics: Registry<Metric> = registry<Metric>([
  frechet,
  frechetInfinity,
  kernel,
  precision,
  score,
  modesScore,
  classes,
  bins,
  sliced,
  similarity,
  birthday,
  copying,
  modes,
  stacked,
  dualityGap,
]);
