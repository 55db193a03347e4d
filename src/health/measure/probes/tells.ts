/**
 * @file Tells: trivial numbers of a single sample that give fakes away, whatever they show. A discriminator that finds one need
 * learn nothing else, and often the fault is in how the data was made.
 */

import { mean } from "../../../util/averages.ts";
import type { Rows } from "../../look.ts";
import { auc, once } from "../../numerics/numbers.ts";
import type { Baseline } from "../baseline.ts";
import type { Probe } from "../probe.ts";

/** For each statistic, its value for each sample. */
type Statistics = Readonly<Record<string, Float64Array>>;

/**
 * What an image file would hold: -1..1 in 256 levels, as samples are saved, so that fakes are not told by being no
 * whole levels.
 */
const level = (x: number) => (x <= -1 ? 0 : x >= 1 ? 255 : (x * 127.5 + 128) | 0);

/** One list for each of `names`, to be filled with a value for each of `rows` samples. */
const lists = <Name extends string>(rows: number, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, new Float64Array(rows)])) as Record<Name, Float64Array>;

function ofPoints({ rows, columns, values }: Rows): Statistics {
  const found = lists(rows, ["minimum", "maximum", "mean", "whole"]);
  for (let i = 0; i < rows; i++) {
    const sample = values.subarray(i * columns, (i + 1) * columns);
    const average = mean(sample);
    const finite = Number.isFinite(average);
    found.minimum[i] = finite ? Math.min(...sample) : Number.NaN;
    found.maximum[i] = finite ? Math.max(...sample) : Number.NaN;
    found.mean[i] = finite ? average : Number.NaN;
    found.whole[i] = finite ? sample.filter(Number.isInteger).length / columns : Number.NaN;
  }
  return found;
}

/** Mean of the outermost pixels of one image. */
function borderMean(image: Float32Array, height: number, width: number): number {
  let [sum, count] = [0, 0];
  for (let line = 0, start = 0; start < image.length; line++, start += width) {
    const outer = line % height === 0 || line % height === height - 1;
    const step = outer || width === 1 ? 1 : width - 1;
    for (let x = 0; x < width; x += step) {
      sum += image[start + x]!;
      count++;
    }
  }
  return sum / count;
}

function ofImages({ rows, columns, values }: Rows, [, height = 1, width = 1]: readonly number[]): Statistics {
  const found = lists(rows, ["minimum", "maximum", "mean", "extremes", "border", "levels"]);
  const histogram = new Uint32Array(256);
  for (let i = 0; i < rows; i++) {
    const image = values.subarray(i * columns, (i + 1) * columns);
    histogram.fill(0);
    let sum = 0;
    for (let at = 0; at < columns; at++) {
      const x = image[at]!;
      sum += x;
      histogram[level(x)]!++;
    }
    const finite = Number.isFinite(sum);
    found.minimum[i] = finite ? histogram.findIndex((count) => count > 0) : Number.NaN;
    found.maximum[i] = finite ? histogram.findLastIndex((count) => count > 0) : Number.NaN;
    found.mean[i] = finite ? sum / columns : Number.NaN;
    found.extremes[i] = finite ? (histogram[0]! + histogram[255]!) / columns : Number.NaN;
    found.border[i] = finite ? borderMean(image, height, width) : Number.NaN;
    found.levels[i] = finite ? histogram.reduce((levels, count) => levels + Math.sign(count), 0) : Number.NaN;
  }
  return found;
}

const statistics = once(
  (rows: Rows, { shape }: Pick<Baseline, "shape">): Statistics =>
    shape.length === 3 ? ofImages(rows, shape) : ofPoints(rows),
);

/** How well each statistic alone tells fakes from reals: ½ is not at all, 1 without fail. */
export const tells: Probe = {
  name: "tells",
  level: "standard",
  ofSamples: true,
  signals: ["tell/*"],
  measure({ samples: { real, fake } }, baseline) {
    if (real.rows === 0 || fake.rows === 0) return { values: {} };
    const [reals, fakes] = [statistics(real, baseline), statistics(fake, baseline)];
    const found = Object.keys(reals).map((name): [string, number] => {
      const above = auc(reals[name]!, fakes[name]!)!;
      return [`tell/${name}`, Math.max(above, 1 - above)];
    });
    return { values: { ...Object.fromEntries(found), "tell/best": Math.max(...found.map(([, value]) => value)) } };
  },
};
