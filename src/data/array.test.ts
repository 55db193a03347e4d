import { describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../util/errors.ts";
import { arrayDataset } from "./array.ts";
import type { DataOptions, ImageDataset, PointDataset } from "./dataset.ts";
import type { NpyArray, NpyData, NpyDtype } from "./npy.ts";

function array(shape: number[], data: NpyData, dtype: NpyDtype = "f4"): NpyArray {
  return { dtype, shape, data };
}

function images(source: NpyArray, options?: DataOptions, labels?: NpyArray): ImageDataset {
  const dataset = arrayDataset(source, { name: "set", source: "set.npy", ...(labels && { labels }) }, options);
  if (dataset.kind !== "images") throw new Error("expected images");
  return dataset;
}

function points(source: NpyArray, options?: DataOptions): PointDataset {
  const dataset = arrayDataset(source, { name: "set", source: "set.npy" }, options);
  if (dataset.kind !== "points") throw new Error("expected points");
  return dataset;
}

const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 37) % 256);

describe("layouts", () => {
  it.each([
    [[2, 8, 6], [1, 8, 6], "NHW"],
    [[2, 8, 6, 3], [3, 8, 6], "NHWC"],
    [[2, 8, 6, 1], [1, 8, 6], "NHWC"],
    [[2, 3, 8, 6], [3, 8, 6], "NCHW"],
    [[2, 1, 8, 6], [1, 8, 6], "NCHW"],
    // Both axes could be channels: the squarer reading wins.
    [[2, 3, 4, 3], [3, 3, 4], "NHWC"],
  ])("reads %j", (shape, expected, layout) => {
    const count = shape.reduce((a, b) => a * b);
    const dataset = images(array(shape, bytes(count), "u1"));
    expect(dataset.shape).toEqual(expected);
    expect(dataset.count).toBe(2);
    expect(dataset.notes.join()).toContain(layout);
  });

  it("turns channels-last into channels-first, element by element", () => {
    const [n, h, w, c] = [2, 3, 4, 3];
    const source = bytes(n * h * w * c);
    const dataset = images(array([n, h, w, c], source, "u1"));
    for (let i = 0; i < n; i++)
      for (let k = 0; k < c; k++)
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            expect(dataset.data[((i * c + k) * h + y) * w + x]).toBe(source[((i * h + y) * w + x) * c + k]);
          }
    const same = images(array([n, c, h, w], source, "u1"), { layout: "NCHW" });
    expect(same.data).toEqual(source);
    expect(same.notes).toEqual([]);
  });

  it("composites a fourth channel on white", () => {
    // Red at alpha 255, 0 and 51 (one fifth).
    const rgba = new Uint8Array([255, 0, 0, 255, 255, 0, 0, 0, 255, 0, 0, 51]);
    const dataset = images(array([1, 1, 3, 4], rgba, "u1"), { layout: "NHWC" });
    expect(dataset.shape).toEqual([3, 1, 3]);
    expect([...dataset.data]).toEqual([255, 255, 255, 0, 255, 204, 0, 255, 204]);
    expect(dataset.notes.join()).toContain("white");
  });

  it("refuses shapes and layouts that make no sense", () => {
    expect(() => images(array([64, 64, 3], bytes(64 * 64 * 3), "u1"))).toThrow(/one colour image/);
    expect(images(array([64, 64, 3], bytes(64 * 64 * 3), "u1"), { layout: "NHW" }).shape).toEqual([1, 64, 3]);
    expect(() => images(array([2, 5, 5, 5], bytes(250), "u1"))).toThrow(DataError);
    expect(() => images(array([1, 2, 3, 4, 5], bytes(120), "u1"))).toThrow(/5 axes/);
    expect(() => images(array([2, 5, 5], bytes(50), "u1"), { layout: "NHWC" })).toThrow(ConfigError);
    expect(() => images(array([2, 5, 5, 2], bytes(100), "u1"), { layout: "NHWC" })).toThrow(/2 channels/);
    expect(() => images(array([], new Float32Array(1)))).toThrow(/no samples/);
    expect(() => images(array([0, 5, 5], new Float32Array(0)))).toThrow(/no samples/);
  });
});

describe("value ranges", () => {
  const shape = [2, 2, 1];
  it.each([
    ["0..1", [0, 0.5, 1, 0.25], [0, 128, 255, 64]],
    ["-1..1", [-1, 0, 1, 0.5], [0, 128, 255, 191]],
    ["0..255", [0, 127.4, 255, 2], [0, 127, 255, 2]],
    // Just outside, as resampling leaves it: clamped.
    ["0..1", [-0.0005, 0.5, 1.0005, 0], [0, 128, 255, 0]],
  ] as const)("recognises floats in %s", (convention, values, expected) => {
    const dataset = images(array(shape, new Float32Array(values)));
    expect(dataset.valueRange.convention).toBe(convention);
    expect(dataset.valueRange.min).toBeCloseTo(Math.min(...values), 6);
    expect([...dataset.data]).toEqual(expected);
    expect(dataset.notes.join()).toContain("rounded");
  });

  it("recognises integers, and masks of 0 and 1", () => {
    expect(images(array(shape, new Int16Array([0, 7, 255, 3]), "i2")).valueRange.convention).toBe("0..255");
    const mask = images(array(shape, new Uint8Array([0, 1, 1, 0]), "b1"));
    expect([...mask.data]).toEqual([0, 255, 255, 0]);
    expect([...images(array(shape, new Uint8Array([0, 1, 1, 0]), "u1"), { range: "0..255" }).data]).toEqual([
      0, 1, 1, 0,
    ]);
  });

  it("does not copy bytes that are right already", () => {
    const data = new Uint8Array([0, 7, 255, 3]);
    expect(images(array(shape, data, "u1")).data.buffer).toBe(data.buffer);
  });

  it.each([
    [[0, 1, 2, 256.2], /from 0 to 256\.20/],
    [[-3, 0, 1, 2], /from -3 to 2/],
    [[-1, 0, 1, 200], /from -1 to 200/],
  ])("refuses %j with the range found", (values, message) => {
    const read = (): unknown => images(array(shape, new Float32Array(values)));
    expect(read).toThrow(DataError);
    expect(read).toThrow(message);
  });

  it("refuses a range option that the values do not fit, and obeys one they do", () => {
    expect(() => images(array(shape, new Float32Array([0, 0.5, 1, 2])), { range: "0..1" })).toThrow(/from 0 to 2/);
    expect([...images(array(shape, new Float32Array([0, 0.5, 1, 1])), { range: "-1..1" }).data]).toEqual([
      128, 191, 255, 255,
    ]);
  });

  it("refuses NaN and infinities with their number and the first position", () => {
    const data = new Float32Array(2 * 3 * 4).fill(0.5);
    data[17] = Number.NaN;
    data[19] = Number.NEGATIVE_INFINITY;
    data[20] = Number.NaN;
    expect(() => images(array([2, 3, 4], data), { layout: "NHW" })).toThrow(
      /2 NaN and 1 infinite values; the first \(NaN\) is at \[1, 1, 1\]/,
    );
    expect(images(array([2, 3, 4], data), { layout: "NHW", limit: 1 }).count).toBe(1);
    expect(() => points(array([6, 4], data))).toThrow(/\[4, 1\]/);
    expect(() => points(array([2], new Float64Array([1, 1e300]), "f8"))).toThrow(/infinite/);
  });
});

describe("points", () => {
  it("reads [N, D] and [N] as real numbers", () => {
    const two = points(array([3, 2], new Float64Array([1, -2, 300, 4, 5.5, 6]), "f8"));
    expect([two.count, two.shape, two.valueRange]).toEqual([3, [2], { min: -2, max: 300, convention: "real" }]);
    expect(two.data).toEqual(new Float32Array([1, -2, 300, 4, 5.5, 6]));
    expect(points(array([3], new Int32Array([4, 5, 6]), "i4")).shape).toEqual([1]);
  });

  it("hints at flattened images, and refuses image options", () => {
    expect(points(array([2, 784], new Float32Array(1568))).notes.join()).toContain("28x28");
    expect(points(array([2, 100], new Float32Array(200))).notes.join()).toContain("10x10");
    expect(points(array([2, 99], new Float32Array(198))).notes.join()).not.toContain("reshape");
    expect(() => points(array([2, 784], new Float32Array(1568)), { size: 32 })).toThrow(ConfigError);
  });
});

describe("labels and options", () => {
  const four = array([4, 2, 2], bytes(16), "u1");

  it("takes labels of shape [N] and [N, 1], and cuts them with the samples", () => {
    const labels = array([4, 1], new Float64Array([2, 0, 1, 2]), "i8");
    const dataset = images(four, { limit: 3 }, labels);
    expect([dataset.count, [...(dataset.labels ?? [])], dataset.classes]).toEqual([3, [2, 0, 1], ["0", "1", "2"]]);
    expect(dataset.data.length).toBe(12);
  });

  it("renumbers sparse and negative labels and keeps their names", () => {
    const dataset = images(four, {}, array([4], new Int32Array([-1, 70000, -1, 5]), "i4"));
    expect([[...(dataset.labels ?? [])], dataset.classes]).toEqual([
      [0, 2, 0, 1],
      ["-1", "5", "70000"],
    ]);
  });

  it("refuses labels that do not fit", () => {
    expect(() => images(four, {}, array([3], new Int32Array(3), "i4"))).toThrow(/labels of shape \(3\) do not fit 4/);
    expect(() => images(four, {}, array([4, 10], new Float32Array(40)))).toThrow(/labels of shape \(4, 10\)/);
    expect(() => images(four, {}, array([4], new Float32Array([0, 0.5, 1, 1])))).toThrow(/sample 1 is 0\.5/);
  });

  it("changes size and channels when asked, and says so", () => {
    const dataset = images(array([4, 8, 8], bytes(256), "u1"), { size: 4, channels: 3 });
    expect([dataset.shape, dataset.data.length]).toEqual([[3, 4, 4], 4 * 48]);
    expect(dataset.notes.join()).toMatch(/three channels.*8x8 pixels were resized to 4x4/);
  });

  it.each([{ size: 0 }, { size: 1.5 }, { limit: 0 }, { seed: -1 }, { count: Number.NaN }])("refuses %j", (options) => {
    expect(() => images(four, options)).toThrow(ConfigError);
  });
});
