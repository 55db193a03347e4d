import { describe, expect, it } from "vitest";
import { constantBands, type Places } from "./frame.ts";

/** Places of images of one channel, or three, by what `levelOf` says of a row and a column; NaN stands for one that varies about 128. */
function places(channels: number, size: number, levelOf: (row: number, column: number) => number): Places {
  const levels = Float64Array.from({ length: channels * size * size }, (_, i) => {
    const at = i % (size * size);
    return levelOf(Math.floor(at / size), at % size);
  });
  return {
    means: levels.map((level) => (Number.isNaN(level) ? 128 : level)),
    variances: levels.map((level) => (Number.isNaN(level) ? 2500 : 0)),
  };
}

const edge = (row: number, column: number, size: number) => Math.min(row, column, size - 1 - row, size - 1 - column);

describe.each([1, 3])("the bands along the edges of images of %i channels", (channels) => {
  const of = (levelOf: (row: number, column: number) => number) =>
    constantBands(places(channels, 12, levelOf), [channels, 12, 12]);

  it("are as wide as the frame", () => {
    for (const width of [1, 3]) {
      expect(of((row, column) => (edge(row, column, 12) < width ? 255 : Number.NaN))).toEqual(
        ["top", "bottom", "left", "right"].map((side) => ({ side, width, level: 255 })),
      );
    }
  });

  it("may be one alone", () => {
    expect(of((_, column) => (column >= 10 ? 0 : Number.NaN))).toEqual([{ side: "right", width: 2, level: 0 }]);
    expect(of((row) => (row >= 11 ? 20 : Number.NaN))).toEqual([{ side: "bottom", width: 1, level: 20 }]);
    expect(of((_, column) => (column < 4 ? 10 : Number.NaN))).toEqual([{ side: "left", width: 4, level: 10 }]);
  });

  it("are seen behind a line that is half of each, and beside levels that are not far off, but not beside those that are near", () => {
    const framed = (level: number, half = false) =>
      of((row, column) =>
        edge(row, column, 12) < 2 ? level : half && edge(row, column, 12) === 2 ? (level + 128) / 2 : Number.NaN,
      );
    expect(framed(255, true)).toHaveLength(4);
    expect(framed(128 + 66)).toHaveLength(4);
    expect(framed(128 + 60)).toEqual([]);
  });

  it("are none where images go over into their edges, vary there, or are all band", () => {
    expect(of((row, column) => 20 * edge(row, column, 12))).toEqual([]);
    expect(of(() => Number.NaN)).toEqual([]);
    expect(of(() => 0)).toEqual([]);
    expect(of((row, column) => (edge(row, column, 12) === 0 && (row + column) % 2 ? Number.NaN : 255))).toEqual([]);
  });
});
