import { expect, test } from "vitest";
import { bytes, duration, facts, integer, kimg, short, significant, table } from "./format.ts";

test("numbers", () => {
  expect([0, 999, 1000, 1234567].map(integer)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([0, 0.1234, -1.234, 56.78, 1234, 1e-5, 2e9].map(short)).toEqual([
    "0",
    "0.123",
    "-1.23",
    "56.8",
    "1234",
    "1.0e-5",
    "2.0e+9",
  ]);
  expect([0, 8, 756_432, 1234.56, 12.3456, 0.98456, 9.99996, -0.031254, 4.2e-6].map(significant)).toEqual([
    "0",
    "8",
    "756400",
    "1235",
    "12.35",
    "0.9846",
    "10.00",
    "-0.03125",
    "4.200e-6",
  ]);
  expect([Number.NaN, Number.NEGATIVE_INFINITY].map(significant)).toEqual(["NaN", "-Infinity"]);
  expect([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(short)).toEqual(["-", "-", "NaN", "Infinity"]);
  expect([64, 25_600, 3_000_000].map(kimg)).toEqual(["0.06 kimg", "25.6 kimg", "3,000 kimg"]);
  expect([0, 42, 185, 7384, Number.NaN].map(duration)).toEqual(["0s", "42s", "3:05", "2:03:04", "?"]);
  expect([12, 3_145_728, 2.5e11].map(bytes)).toEqual(["12 B", "3.1 MB", "250 GB"]);
});

test("tables and facts", () => {
  expect(
    table(
      ["run", "step"],
      [
        ["a", "1"],
        ["bcd", "1,000"],
      ],
    ),
  ).toEqual(["run   step", "a        1", "bcd  1,000"]);
  expect(table(["value"], [["4.200e-6"], ["NaN"], ["12"]])).toEqual(["   value", "4.200e-6", "     NaN", "      12"]);
  expect(
    facts([
      ["a", "x"],
      ["none", undefined],
      ["", "y"],
    ]),
  ).toEqual(["a     x", "      y"]);
});
