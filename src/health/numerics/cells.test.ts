import { describe, expect, it } from "vitest";
import { rowsOf } from "../../../tests/support/looks.ts";
import { groupCentres } from "./cells.ts";

describe("kinds of cells", () => {
  const line = (...xs: readonly number[]) => rowsOf(1, Float32Array.from(xs));

  it("are those that are near each other", () => {
    expect(groupCentres(line(0, 5, 0.1, 5.2, 9), 0.5)).toEqual([0, 1, 0, 1, 2]);
  });

  it("reach no farther than they may, so that a long row of near cells is several", () => {
    const kinds = groupCentres(line(0, 1, 2, 3, 4, 5, 6, 7), 1.5);
    expect(new Set(kinds).size).toBe(4);
    for (const kind of kinds) expect(kinds.filter((other) => other === kind)).toHaveLength(2);
  });

  it("are the cells themselves when nothing is near, or nothing may be", () => {
    expect(groupCentres(line(0, 10, 20), 1)).toEqual([0, 1, 2]);
    expect(groupCentres(line(3), 1)).toEqual([0]);
    expect(groupCentres(line(2, 2), 0)).toEqual([0, 0]);
  });
});
