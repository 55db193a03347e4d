/** @file The largest singular value of each layer: how much it can stretch what it is given. */

import type { Look, Weight } from "../look.ts";
import { once } from "../numbers.ts";
import type { Probe } from "../probe.ts";
import { largestSingularValue, type Matrix } from "../singular-value.ts";

/**
 * A layer's weight as a matrix with a row for each entry of its first axis: [out, in] of dense layers, [out, in·kh·kw] of convolutions,
 * and [in, out·kh·kw] of transposed convolutions, as they are stored. Undefined for biases, gains and other arrays.
 */
function matrixOf({ name, shape, data }: Weight): Matrix | undefined {
  const rows = shape[0] ?? 0;
  if (!/(^|\/)weight$/.test(name) || shape.length < 2 || data.length === 0) return undefined;
  return { rows, columns: data.length / rows, values: data };
}

/** By layer, such as `block1/conv`. */
const ofLayers = once((weights: readonly Weight[]): readonly (readonly [string, number])[] =>
  weights.flatMap((weight) => {
    const matrix = matrixOf(weight);
    return matrix === undefined ? [] : [[weight.name.replace(/\/?weight$/, ""), largestSingularValue(matrix)] as const];
  }),
);

function forPlayers(
  weights: Look["weights"],
  values: (player: string, layers: ReturnType<typeof ofLayers>) => [string, number][],
) {
  return {
    values: Object.fromEntries(
      Object.entries(weights).flatMap(([player, arrays]) => {
        const layers = ofLayers(arrays);
        return layers.length === 0 ? [] : values(player, layers);
      }),
    ),
  };
}

/** The largest of any layer, for each player. A layer under spectral normalisation is measured before it is divided. */
export const spectral: Probe = {
  name: "spectral",
  level: "standard",
  signals: ["spectral/generator", "spectral/discriminator"],
  measure: ({ weights }) =>
    forPlayers(weights, (player, layers) => [[`spectral/${player}`, Math.max(...layers.map(([, value]) => value))]]),
};

/** The same, layer by layer. */
export const spectralLayers: Probe = {
  name: "spectral-layers",
  level: "full",
  signals: ["spectral/generator/*", "spectral/discriminator/*"],
  measure: ({ weights }) =>
    forPlayers(weights, (player, layers) => layers.map(([layer, value]) => [`spectral/${player}/${layer}`, value])),
};
