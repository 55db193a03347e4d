/** @file The largest singular value of each layer: how much it can stretch what it is given. */

import type { Look, Weight } from "../../look.ts";
import { once } from "../../numerics/numbers.ts";
import { largestSingularValue, type Matrix } from "../../numerics/singular-value.ts";
import type { Probe } from "../probe.ts";

/**
 * A layer's weight as a matrix with a row for each entry of its first axis: [out, in] of dense layers, [out, in·kh·kw]
 * of convolutions, and [in, out·kh·kw] of transposed convolutions, as they are stored. Undefined for biases, gains and
 * other arrays.
 */
function matrixOf({ name, shape, data }: Weight): Matrix | undefined {
  const rows = shape[0] ?? 0;
  if (!/(^|\/)weight$/.test(name) || shape.length < 2 || data.length === 0) return undefined;
  return { rows, columns: data.length / rows, values: data };
}

/** For each player that has layers: the value of each, by its name, such as `block1/conv`. */
const ofPlayers = once(({ weights }: Look) =>
  Object.entries(weights).flatMap(([player, arrays]: [string, readonly Weight[]]) => {
    const layers = arrays.flatMap((weight) => {
      const matrix = matrixOf(weight);
      return matrix === undefined
        ? []
        : [{ layer: weight.name.replace(/\/?weight$/, ""), value: largestSingularValue(matrix) }];
    });
    return layers.length === 0 ? [] : [{ player, layers }];
  }),
);

/** The largest of any layer, for each player. A layer under spectral normalisation is measured before it is divided. */
export const spectral: Probe = {
  name: "spectral",
  level: "standard",
  signals: ["spectral/generator", "spectral/discriminator"],
  measure(look) {
    const largest = ofPlayers(look).map(({ player, layers }) => [
      `spectral/${player}`,
      Math.max(...layers.map(({ value }) => value)),
    ]);
    return { values: Object.fromEntries(largest) };
  },
};

/** The same, layer by layer. */
export const spectralLayers: Probe = {
  name: "spectral-layers",
  level: "full",
  signals: ["spectral/generator/*", "spectral/discriminator/*"],
  measure(look) {
    const all = ofPlayers(look).flatMap(({ player, layers }) =>
      layers.map(({ layer, value }) => [`spectral/${player}/${layer}`, value]),
    );
    return { values: Object.fromEntries(all) };
  },
};
