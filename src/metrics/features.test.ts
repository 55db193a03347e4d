import { describe, expect, it } from "vitest";
import { features } from "./features.ts";

describe("features", () => {
  it("are rows of finite numbers, and say which is not", () => {
    expect(features(Float32Array.of(1, 2, 3, 4), 2, "test").count).toBe(2);
    expect(() => features(Float32Array.of(1, 2, Number.NaN, 4), 2, "test")).toThrow("sample 1, feature 0 is NaN");
    expect(() => features(Float32Array.of(1, 2, 3), 2, "test")).toThrow("3 numbers are not rows of 2");
  });

  it("are refused where their distances would overflow float32 and pass for small", () => {
    expect(() => features(Float32Array.of(1, 2, 3, -1e30), 2, "test")).toThrow(/sample 1, feature 1 is -1\.0*\d*e\+30/);
    expect(features(Float32Array.of(1e16, 0), 2, "test").count).toBe(1);
  });
});
