/** @file Small sums that probes share. What is not finite comes out as NaN, and what cannot be said as undefined. */

/** a ÷ b; undefined where one of them is, or where there is nothing to compare with: b is 0. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b;
}

/** The values that are there. */
export function present(values: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) found[name] = value;
  return found;
}

/**
 * P(a > b) + ½ P(a = b) for one value of each list: the area under the ROC curve, ½ for two lists of one distribution.
 * Undefined where a list is empty, NaN where a value is NaN.
 */
export function auc(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  if (a.length === 0 || b.length === 0) return undefined;
  const [high, low] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  if (Number.isNaN(high[high.length - 1]!) || Number.isNaN(low[low.length - 1]!)) return Number.NaN;
  let [below, notAbove, pairs] = [0, 0, 0];
  for (const value of high) {
    while (below < low.length && low[below]! < value) below++;
    while (notAbove < low.length && low[notAbove]! <= value) notAbove++;
    pairs += (below + notAbove) / 2;
  }
  return pairs / (high.length * low.length);
}

/**
 * A function that is computed once for each object, as long as the object lives. The object must not be altered, and
 * what follows it must be the same each time.
 */
export function once<In extends object, Rest extends unknown[], Out>(
  compute: (of: In, ...rest: Rest) => Out,
): (of: In, ...rest: Rest) => Out {
  const known = new WeakMap<In, Out>();
  return (of, ...rest) => {
    const before = known.get(of);
    if (before !== undefined) return before;
    const result = compute(of, ...rest);
    known.set(of, result);
    return result;
  };
}
