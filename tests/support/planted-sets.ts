/**
 * @file Planted failures in every form that a metric looks at: a mixture of ten modes with features, class probabilities, digits
 * of three channels, and images.
 */

import type { Probabilities } from "../../src/metrics/classes.ts";
import { type Features, features } from "../../src/metrics/features.ts";
import type { Images, SampleSet } from "../../src/metrics/metric.ts";
import type { KnownModes } from "../../src/metrics/modes.ts";
import { fillBits, fillNormal, streamKey } from "../../src/util/rng.ts";

/** Samples of a set. */
export const COUNT = 500;
/** Features of a sample. */
export const DIMENSIONS = 8;
/** Modes of the truth, which are also its classes, and the digits of each channel. */
export const MODES = 10;
/** Spread within a mode; the centres are standard normal. */
const SPREAD = 0.2;
const SIDE = 32;

function normals(stream: string, length: number): Float32Array {
  const out = new Float32Array(length);
  fillNormal(streamKey(0, stream), 0, out);
  return out;
}

/** Whole numbers below `below`, evenly distributed. */
export function numbers(stream: string, length: number, below: number): Uint32Array {
  const out = new Uint32Array(length);
  fillBits(streamKey(0, stream), 0, out);
  return out.map((word) => Math.floor((word / 2 ** 32) * below));
}

const centres = normals("centres", MODES * DIMENSIONS);

/** The truth. */
export const modes: KnownModes = {
  centres: Array.from({ length: MODES }, (_, k) => [...centres.subarray(k * DIMENSIONS, (k + 1) * DIMENSIONS)]),
  std: SPREAD,
};

/** Features [COUNT, DIMENSIONS] out of an array. */
export const asFeatures = (data: Float32Array): Features => features(data, DIMENSIONS, "planted");

/** A classifier that is sure near a centre and knows nothing far from all of them. */
function classify({ data, count }: Features): Probabilities {
  const out = new Float32Array(count * MODES);
  for (let n = 0; n < count; n++) {
    const scores = modes.centres.map((centre) => {
      const squared = centre.reduce((sum, c, i) => sum + (data[n * DIMENSIONS + i]! - c) ** 2, 0);
      return Math.exp(-squared / 2) + 1e-4;
    });
    const total = scores.reduce((sum, x) => sum + x, 0);
    out.set(
      scores.map((x) => x / total),
      n * MODES,
    );
  }
  return { data: out, classes: MODES };
}

/** Probabilities of digits that are read with `confidence`. */
function read(digits: Uint32Array, confidence: number): Probabilities {
  const data = new Float32Array(digits.length * 10).fill((1 - confidence) / 9);
  digits.forEach((digit, i) => {
    data[i * 10 + digit] = confidence;
  });
  return { data, classes: 10 };
}

/** Three channels of the first `kinds` digits. */
const digits = (stream: string, kinds: number, confidence: number): Probabilities[] =>
  ["hundreds", "tens", "ones"].map((place) => read(numbers(`${stream}/${place}`, COUNT, kinds), confidence));

/** A wave for each feature, [DIMENSIONS, SIDE, SIDE]. */
const waves = Float32Array.from({ length: DIMENSIONS * SIDE * SIDE }, (_, i) => {
  const [k, v, u] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
  return Math.sin(((k + 1) * u + ((3 * k) % 7) * v) / 6);
});

/** Grey images that are sums of waves. */
function draw({ data, count }: Features): Images {
  const size = SIDE * SIDE;
  const pixels = new Uint8Array(count * size);
  for (let n = 0; n < count; n++) {
    for (let at = 0; at < size; at++) {
      let sum = 0;
      for (let k = 0; k < DIMENSIONS; k++) sum += data[n * DIMENSIONS + k]! * waves[k * size + at]!;
      pixels[n * size + at] = Math.max(0, Math.min(255, 128 + 25 * sum));
    }
  }
  return { data: pixels, count, shape: [1, SIDE, SIDE] };
}

const every = (set: Features, channels: Probabilities[], images: Images = draw(set)): SampleSet => ({
  features: set,
  probabilities: classify(set),
  channels,
  images,
});

/** Fresh draws of the truth, of only the first `kinds` modes, with `spread` times the spread within. */
export function mixture(stream: string, kinds = MODES, spread = 1): Features {
  const which = numbers(`${stream}/mode`, COUNT, kinds);
  const noise = normals(`${stream}/noise`, COUNT * DIMENSIONS);
  const place = (i: number) => which[Math.floor(i / DIMENSIONS)]! * DIMENSIONS + (i % DIMENSIONS);
  return asFeatures(noise.map((x, i) => centres[place(i)]! + SPREAD * spread * x));
}

/** Fresh samples of the truth. */
export const fresh = (stream: string): SampleSet => every(mixture(stream), digits(stream, 10, 0.95));

/** What the generator learned from. */
export const training = fresh("training");

const noise = normals("noise", COUNT * DIMENSIONS).map((x) => 3 * x);

/** Sets whose fault is known. */
export const planted = {
  /** Five of ten modes; five of ten digits in each channel. */
  dropped: every(mixture("dropped", MODES / 2), digits("dropped", 5, 0.95)),
  /** One sample, again and again. */
  equal: every(asFeatures(noise.map((_, i) => training.features.data[i % DIMENSIONS]!)), digits("equal", 1, 0.95)),
  /** A tenth of the spread within each mode. */
  shrunken: every(mixture("shrunken", MODES, 0.1), digits("shrunken", 10, 0.95)),
  /** The training set, moved by next to nothing. */
  copies: {
    ...training,
    features: asFeatures(training.features.data.map((x, i) => x + 1e-4 * noise[i]!)),
  },
  /** Nothing of the truth. */
  noise: every(asFeatures(noise), digits("noise", 10, 0.3), {
    data: Uint8Array.from(numbers("noise/pixels", COUNT * SIDE * SIDE, 256)),
    count: COUNT,
    shape: [1, SIDE, SIDE],
  }),
} as const satisfies Readonly<Record<string, SampleSet>>;

/** The name of a planted fault. */
export type Fault = keyof typeof planted;
