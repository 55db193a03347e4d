// Scores of generated samples against what is known of the data: pure functions on arrays.

/** Kullback-Leibler divergence from the uniform distribution of a histogram, in nats; empty bins count as 0 log 0 = 0. */
export function divergenceFromUniform(counts) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return Number.NaN;
  return counts.reduce((sum, n) => (n === 0 ? sum : sum + (n / total) * Math.log((n / total) * counts.length)), 0);
}

/**
 * The rule of VEEGAN and PacGAN: a sample is of high quality within three standard deviations of the nearest centre, a mode is
 * captured by at least one such sample, and the reverse KL compares the histogram of such samples with equal shares.
 *
 * @param points Float32Array of N points in the plane.
 * @returns Modes captured, share of high quality, reverse KL, and how far samples are from their centre over what it should be.
 */
export function scoreModes(points, { centres, std }) {
  const counts = centres.map(() => 0);
  let [good, squares] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    let [nearest, best] = [0, Number.POSITIVE_INFINITY];
    centres.forEach(([x, y], k) => {
      const distance = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
      if (distance < best) [nearest, best] = [k, distance];
    });
    if (best >= (3 * std) ** 2) continue;
    counts[nearest]++;
    good++;
    squares += best;
  }
  return {
    modes: counts.filter((n) => n > 0).length,
    of: centres.length,
    quality: good / (points.length / 2),
    kl: divergenceFromUniform(counts),
    // E of a squared distance in the plane is 2 std^2; the cut at 3 std takes 5.6 % off that.
    spread: Math.sqrt(squares / Math.max(1, good) / (2 * std ** 2 * 0.944)),
  };
}

const TURNS = 2000;
const SPIRAL_BINS = 20;

/**
 * The same for the swiss roll, which has no modes: its curve is cut into 20 pieces of equal share. A sample is of high quality
 * within three standard deviations (3 · 0.25 / 7.5) of the curve.
 */
export function scoreSpiral(points) {
  const curve = Array.from({ length: TURNS }, (_, i) => {
    const t = 1.5 * Math.PI * (1 + (2 * (i + 0.5)) / TURNS);
    return [(t * Math.cos(t)) / 7.5, (t * Math.sin(t)) / 7.5];
  });
  const counts = Array.from({ length: SPIRAL_BINS }, () => 0);
  let good = 0;
  for (let i = 0; i < points.length; i += 2) {
    let [nearest, best] = [0, Number.POSITIVE_INFINITY];
    curve.forEach(([x, y], k) => {
      const distance = (points[i] - x) ** 2 + (points[i + 1] - y) ** 2;
      if (distance < best) [nearest, best] = [k, distance];
    });
    if (best >= 0.1 ** 2) continue;
    counts[Math.floor((nearest * SPIRAL_BINS) / TURNS)]++;
    good++;
  }
  const modes = counts.filter((n) => n > 0).length;
  return { modes, of: SPIRAL_BINS, quality: good / (points.length / 2), kl: divergenceFromUniform(counts) };
}

/** Mean Euclidean distance between the halves of a list of samples of `size` numbers each, pair by pair. */
export function meanDistance(samples, size) {
  const pairs = Math.floor(samples.length / size / 2);
  let sum = 0;
  for (let pair = 0; pair < pairs; pair++) {
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (samples[pair * size + i] - samples[(pairs + pair) * size + i]) ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / pairs;
}

/** Mean and standard error of a list of numbers. */
export function summary(values) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length), min: Math.min(...values), max: Math.max(...values) };
}
