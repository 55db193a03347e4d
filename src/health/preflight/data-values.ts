/** @file Checks of the values: whether samples differ at all, fill their range, and all have the same frame. */

import { USUAL_SCALE } from "../diagnoses/data-fault.ts";
import { type Check, type Finding, found, ok, type PreflightCase, percent, short } from "./check.ts";

/** Spread between images, in levels of 0..255, below which there is next to nothing to learn: a hundredth of the range. */
const LEAST_BETWEEN = 2.55;
/** Share of images that may be of one flat colour. */
const MOST_FLAT = 0.05;
/** Levels of 0..255 that images should span. */
const LEAST_SPAN = 64;
/** Share of values at each end of the range from which one may ask whether they were clipped. */
const CLIPPED = 0.1;
/** Share of points that lie far from all others above which they are part of what is learned. A Gaussian in two dimensions has 0.01. */
const MOST_OUTLYING = 0.08;
/** Distance of a dimension's mean from 0, in its standard deviations, that is worth a word. */
const FAR = 10;
/** Largest standard deviation of a dimension over the smallest. */
const UNEVEN = 30;

const lookedAt = ({ data: { statistics, count } }: PreflightCase): string =>
  statistics.looked < count ? `${statistics.looked} samples looked at (of ${count})` : `${count} samples`;

/** Whether there is anything to learn. */
export const samplesDiffer: Check = {
  name: "samples-differ",
  title: "Samples differ",
  looksAt: "how much samples differ from each other, and images of one flat colour",
  run: (facts) => {
    const { kind, count, statistics } = facts.data;
    if (count < 2) {
      return [
        found("error", "there is one sample: a generator can only repeat it", "train on more samples", "data-fault"),
      ];
    }
    const { between, images, looked } = statistics;
    if (between === 0) {
      return [
        found(
          "error",
          `all ${lookedAt(facts)} are equal: there is nothing to learn`,
          "look at the source; `gantry data inspect` prints what was read",
          "data-fault",
        ),
      ];
    }
    const out: Finding[] = [];
    if (kind === "images" && between < LEAST_BETWEEN) {
      out.push(
        found(
          "warning",
          `images are nearly equal: at a pixel they differ by ${short(between)} of 255 levels`,
          "look at them: their contrast was lost, or the range was guessed wrong (data.range)",
          "data-fault",
        ),
      );
    }
    const flat = (images?.flat ?? 0) / looked;
    if (kind === "images" && flat > MOST_FLAT) {
      out.push(
        found(
          "warning",
          `${images?.flat} of ${lookedAt(facts)} are of one flat colour`,
          "remove them: the generator learns to make them, and they look like a collapse",
          "data-fault",
        ),
      );
    }
    const measure = kind === "images" ? `${short(between)} of 255 levels at a pixel` : short(between);
    return out.length > 0 ? out : [ok(`the ${lookedAt(facts)} differ by ${measure}`)];
  },
};

/** Why images span so little, as far as the range that was recognised tells. */
function narrow({ data: { valueRange, statistics } }: PreflightCase): Finding | null {
  const { min, max } = statistics;
  const { min: low, max: high, convention } = valueRange;
  if (convention === "-1..1" && low >= 0) {
    return found(
      "warning",
      `values from ${short(low)} to ${short(high)} were taken for -1..1, so that no image is darker than middle grey`,
      "set data.range=0..1, or leave it out",
      "data-fault",
    );
  }
  if (max - min >= LEAST_SPAN) return null;
  const message = `images span levels ${min} to ${max} of 0 to 255 (values ${short(low)} to ${short(high)}, taken for ${convention})`;
  return high <= 4 && convention === "0..255"
    ? found(
        "warning",
        `${message}: they are all but black`,
        "these are probably values 0..1 that overshoot, or class numbers: clip or scale the source to one range",
        "data-fault",
      )
    : found(
        "warning",
        message,
        "scale the source to its whole range: generators end in tanh and the first steps spread over all of it",
        "data-fault",
      );
}

/** Whether the range of images was recognised rightly, is filled, and is the right way round. */
export const imageRange: Check = {
  name: "value-range",
  title: "Images fill their range",
  looksAt: "the values of images: their range and the way round, as they were read",
  run: (facts) => {
    const { config, data } = facts;
    const { kind, statistics } = data;
    const { images, mean, between, min, max } = statistics;
    if (kind !== "images" || images === undefined || between === 0) return [];
    const out: Finding[] = [];
    const span = narrow(facts);
    if (span !== null) out.push(span);
    const average = mean.reduce((a, b) => a + b, 0) / mean.length;
    const { features } = config.metrics;
    if (features?.startsWith("lenet_") && average > 128) {
      out.push(
        found(
          "warning",
          `images are bright (mean ${short(average)} of 255), and metrics.features ${features} was taught bright figures on black`,
          "invert the images, or judge by other features (metrics.features=random_conv)",
          "data-fault",
        ),
      );
    }
    if (images.low > CLIPPED && images.high > CLIPPED) {
      out.push(
        found(
          "info",
          `${percent(images.low)} of the values are 0 and ${percent(images.high)} are 255`,
          "right for drawings; photographs of which this is true were clipped on the way here",
          "data-fault",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`levels ${min} to ${max} of 0 to 255, mean ${short(average)}`)];
  },
};

/** Whether points have a size that networks are near to. */
export const pointScale: Check = {
  name: "point-scale",
  title: "Points are of the order of 1",
  looksAt: "mean and standard deviation of each dimension of points",
  run: ({ data: { kind, statistics } }) => {
    if (kind !== "points" || statistics.between === 0) return [];
    const { mean, std } = statistics;
    const out: Finding[] = [];
    const moving = std.filter((value) => value > 0);
    const [least, most] = [Math.min(...moving), Math.max(...moving)];
    const help = "subtract the mean and divide by the standard deviation before training";
    const constant = std.length - moving.length;
    if (constant > 0) {
      out.push(
        found(
          "warning",
          `${constant} of ${std.length} dimensions never change`,
          "leave them out: the discriminator tells fakes by them at once",
          "vanishing-gradient",
        ),
      );
    }
    if (least < USUAL_SCALE[0] || most > USUAL_SCALE[1]) {
      out.push(
        found(
          "warning",
          `standard deviations from ${short(least)} to ${short(most)}: a fresh generator gives numbers of the order of 1`,
          help,
          "data-fault",
        ),
      );
    } else if (most > UNEVEN * least) {
      out.push(
        found(
          "warning",
          `dimensions are uneven: standard deviations from ${short(least)} to ${short(most)}`,
          help,
          "mode-dropping",
        ),
      );
    }
    const far = mean.filter((value, i) => std[i]! > 0 && Math.abs(value) > FAR * std[i]!).length;
    if (far > 0) {
      out.push(
        found(
          "warning",
          `${far} of ${mean.length} dimensions lie more than ${FAR} standard deviations from 0`,
          help,
          "vanishing-gradient",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`standard deviations from ${short(least)} to ${short(most)}`)];
  },
};

/** Whether points belong together. */
export const outliers: Check = {
  name: "outliers",
  title: "Points belong together",
  looksAt: "how far points are from their nearest neighbours",
  run: ({ data: { shape, outlying } }) => {
    // In one dimension the tails of ordinary data are as thin as noise.
    if (outlying === undefined || shape[0] === 1) return [];
    return outlying > MOST_OUTLYING
      ? [
          found(
            "warning",
            `${percent(outlying)} of the points lie far from all others, ten times as far as is usual: noise, or a part of the data of another density`,
            "leave them out where they are noise: the generator learns to make them",
            "data-fault",
          ),
        ]
      : [ok(`${percent(outlying)} of the points lie far from all others`)];
  },
};

/** Whether images reach to their edges. */
export const frame: Check = {
  name: "frame",
  title: "Images have no frame",
  looksAt: "bands along the edges that are the same in every image",
  run: ({ data: { statistics } }) => {
    if (statistics.images === undefined || statistics.between === 0) return [];
    const { bands } = statistics.images;
    if (bands === undefined) return [];
    const told = bands.map(({ side, width, level }) => `${side} ${width} px of level ${Math.round(level)}`);
    return told.length === 0
      ? [ok("edges differ, or go over into the images")]
      : [
          found(
            "warning",
            `every image has the same edge: ${told.join(", ")}`,
            "crop it off: the discriminator tells fakes by it, and the generator learns to draw it",
            "data-fault",
          ),
        ];
  },
};
