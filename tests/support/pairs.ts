/**
 * @file All-pairs designs: a short list of combinations in which every two levels of different factors meet at least once.
 * What two choices break together shows there, at a small part of the price of the whole product.
 */

/** The levels of every factor. */
export type Factors<Name extends string> = Readonly<Record<Name, readonly string[]>>;

/** One level of every factor. */
export type Combination<Name extends string> = Readonly<Record<Name, string>>;

/** Two levels of different factors. */
export type Pair<Name extends string> = readonly [readonly [Name, string], readonly [Name, string]];

/** Whether a combination may occur; factors that are still open are missing. It must not take back a refusal. */
export type Accepts<Name extends string> = (combination: Partial<Combination<Name>>) => boolean;

/** A design, and the pairs that no accepted combination holds. */
export interface Design<Name extends string> {
  readonly rows: readonly Combination<Name>[];
  readonly impossible: readonly Pair<Name>[];
}

/** Every pair of levels of different factors, in the order of the factors. */
export function allPairs<Name extends string>(factors: Factors<Name>): Pair<Name>[] {
  const names = Object.keys(factors) as Name[];
  return names.flatMap((first, i) =>
    names.slice(i + 1).flatMap((second) =>
      factors[first].flatMap((a) =>
        factors[second].map(
          (b): Pair<Name> => [
            [first, a],
            [second, b],
          ],
        ),
      ),
    ),
  );
}

/** Whether a combination holds both levels of a pair. */
export const holdsPair = <Name extends string>(row: Combination<Name>, [[x, a], [y, b]]: Pair<Name>): boolean =>
  row[x] === a && row[y] === b;

const keyOf = <Name extends string>([[first, a], [second, b]]: Pair<Name>): string => `${first}=${a}&${second}=${b}`;

/**
 * Builds a design greedily and without chance: for each pair that has not met yet a combination around it, whose other levels are
 * chosen one after another to make the most new pairs, then the cheapest. Where a choice is refused, the next best is tried.
 *
 * @param wanted The pairs that must meet, as {@link allPairs} writes them. Default: all.
 */
export function coverPairs<Name extends string>(
  factors: Factors<Name>,
  accepts: Accepts<Name> = () => true,
  cost: (name: Name, level: string) => number = () => 0,
  wanted: readonly Pair<Name>[] = allPairs(factors),
): Design<Name> {
  const names = Object.keys(factors) as Name[];
  const order = new Map(names.map((name, i) => [name, i]));
  const open = new Set(wanted.map(keyOf));
  const uses = new Map<string, number>();
  const meets = (name: Name, level: string, other: Name, its: string): string =>
    order.get(name)! < order.get(other)!
      ? keyOf<Name>([
          [name, level],
          [other, its],
        ])
      : keyOf<Name>([
          [other, its],
          [name, level],
        ]);
  const gain = (row: Partial<Combination<Name>>, name: Name, level: string): number =>
    (Object.entries(row) as [Name, string][]).filter(([other, its]) => open.has(meets(name, level, other, its))).length;

  const complete = (row: Partial<Combination<Name>>): Combination<Name> | null => {
    if (!accepts(row)) return null;
    const next = names.find((name) => row[name] === undefined);
    if (next === undefined) return row as Combination<Name>;
    const ranked = factors[next]
      .map((level) => ({ level, gain: gain(row, next, level), uses: uses.get(`${next}=${level}`) ?? 0 }))
      .sort((a, b) => b.gain - a.gain || cost(next, a.level) - cost(next, b.level) || a.uses - b.uses);
    for (const { level } of ranked) {
      const found = complete({ ...row, [next]: level });
      if (found !== null) return found;
    }
    return null;
  };

  const rows: Combination<Name>[] = [];
  const impossible: Pair<Name>[] = [];
  for (const pair of wanted) {
    if (!open.has(keyOf(pair))) continue;
    const row = complete(Object.fromEntries(pair) as Partial<Combination<Name>>);
    if (row === null) {
      impossible.push(pair);
      open.delete(keyOf(pair));
      continue;
    }
    rows.push(row);
    names.forEach((first, i) => {
      uses.set(`${first}=${row[first]}`, (uses.get(`${first}=${row[first]}`) ?? 0) + 1);
      for (const second of names.slice(i + 1))
        open.delete(
          keyOf<Name>([
            [first, row[first]],
            [second, row[second]],
          ]),
        );
    });
  }
  return { rows, impossible };
}
