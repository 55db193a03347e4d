import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  fillBernoulli,
  fillBits,
  fillNormal,
  fillUniform,
  permutation,
  type StreamKey,
  streamKey,
  threefry2x32,
} from "./rng.ts";

const key: StreamKey = streamKey(0, "test");

/** Sum of (value - mean)^power over the array, divided by its length. */
function moment(values: Float32Array, power: number, mean = 0): number {
  return values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length;
}

describe("threefry2x32", () => {
  // Random123-1.14, tests/kat_vectors: threefry2x32 20.
  it.each([
    { k: [0, 0], c: [0, 0], out: [0x6b200159, 0x99ba4efe] },
    { k: [0xffffffff, 0xffffffff], c: [0xffffffff, 0xffffffff], out: [0x1cb996fc, 0xbb002be7] },
    { k: [0x13198a2e, 0x03707344], c: [0x243f6a88, 0x85a308d3], out: [0xc4923a9c, 0x483df7a0] },
  ] as const)("gives the published answer for key $k", ({ k, c, out }) => {
    const words = new Uint32Array(2);
    threefry2x32(k[0], k[1], c[0], c[1], words);
    expect([...words]).toEqual(out);
  });

  it("counts on from the first block", () => {
    const words = new Uint32Array(6);
    threefry2x32(7, 8, 0xffffffff, 9, words);
    for (const [i, c0] of [0xffffffff, 0, 1].entries()) {
      const block = new Uint32Array(2);
      threefry2x32(7, 8, c0, 9, block);
      expect([...words.subarray(2 * i, 2 * i + 2)]).toEqual([...block]);
    }
  });
});

describe("filling", () => {
  /** A hash over every kind of number for odd and even lengths, around the size in which words are drawn. */
  it("gives the same numbers for ever: runs of older versions are resumed with them", () => {
    const hash = createHash("sha256");
    for (const length of [0, 1, 2, 3, 8, 1001, 1023, 1024, 1025, 2049, 5000]) {
      const [bits, ones] = [new Uint32Array(length), new Uint8Array(length)];
      const [uniform, normal] = [new Float32Array(length), new Float32Array(length)];
      const stream = streamKey(2 ** 40 + length, `stream ${length}`);
      fillBits(stream, 77, bits);
      fillUniform(stream, 77, uniform);
      // The last bits of sine and logarithm are the engine's own.
      fillNormal(stream, 77, normal);
      fillBernoulli(stream, 2 ** 32 - 1, 0.3, ones);
      for (const array of [bits, uniform, normal.map((x) => Math.round(x * 1e4)), ones]) {
        hash.update(new Uint8Array(array.buffer));
      }
    }
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"bcdbdd825faaa47aa7d5c2a6456f6fb290a606fe37fbd1cd9b895a87d68e2bac"`,
    );
  });

  it("gives an array's beginning whatever its length", () => {
    for (const fill of [fillUniform, fillNormal]) {
      const [long, short] = [new Float32Array(3001), new Float32Array(1030)];
      fill(key, 5, long);
      fill(key, 5, short);
      expect(long.subarray(0, 1030)).toEqual(short);
    }
    const [long, short] = [new Uint8Array(5001), new Uint8Array(2049)];
    fillBernoulli(key, 5, 0.4, long);
    fillBernoulli(key, 5, 0.4, short);
    expect(long.subarray(0, 2049)).toEqual(short);
  });

  it("fills a view and nothing beside it", () => {
    for (const length of [1, 7, 1025]) {
      const whole = new Float32Array(length + 2).fill(9);
      fillNormal(key, 0, whole.subarray(1, -1));
      expect([whole[0], whole[length + 1]]).toEqual([9, 9]);
      const bytes = new Uint8Array(length + 2).fill(9);
      fillBernoulli(key, 0, 0.5, bytes.subarray(1, -1));
      expect([bytes[0], bytes[length + 1]]).toEqual([9, 9]);
    }
  });
});

describe("distributions", () => {
  const N = 200_000;

  it("spreads bits and uniform numbers evenly", () => {
    const values = new Float32Array(N);
    fillUniform(key, 1, values);
    const bins = new Array<number>(100).fill(0);
    for (const x of values) bins[Math.floor(100 * x)]!++;
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    // 99 degrees of freedom: below 54 or above 159 once in ten thousand.
    const chi = bins.reduce((sum, n) => sum + (n - N / 100) ** 2 / (N / 100), 0);
    expect(chi).toBeGreaterThan(54);
    expect(chi).toBeLessThan(159);

    const bits = new Uint32Array(N);
    fillBits(key, 2, bits);
    for (let bit = 0; bit < 32; bit++) {
      const ones = bits.reduce((sum, word) => sum + ((word >>> bit) & 1), 0);
      // Five standard deviations of a binomial.
      expect(Math.abs(ones - N / 2)).toBeLessThan(5 * Math.sqrt(N / 4));
    }
  });

  it("draws normal numbers", () => {
    const values = new Float32Array(N);
    fillNormal(key, 3, values);
    const mean = moment(values, 1);
    const variance = moment(values, 2, mean);
    // Five standard errors each.
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
    expect(Math.abs(moment(values, 3, mean))).toBeLessThan(5 * Math.sqrt(15 / N));
    expect(Math.abs(moment(values, 4, mean) / variance ** 2 - 3)).toBeLessThan(5 * Math.sqrt(96 / N));
    const beyondTwo = values.reduce((n, x) => n + (Math.abs(x) > 2 ? 1 : 0), 0) / N;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(5 * Math.sqrt(0.0455 / N));
    // The pairs of Box and Muller do not depend on one another.
    const pairs = values.reduce((sum, x, i) => sum + (i % 2 === 0 ? x * values[i + 1]! : 0), 0) / (N / 2);
    expect(Math.abs(pairs)).toBeLessThan(5 / Math.sqrt(N / 2));
  });

  it.each([0, 1e-3, 0.3, 0.5, 0.7, 1])("draws ones with probability %d", (p) => {
    const values = new Uint8Array(N);
    fillBernoulli(key, 4, p, values);
    const ones = values.reduce((sum, x) => sum + x, 0);
    expect(values.every((x) => x <= 1)).toBe(true);
    // The probability has a resolution of 2^-16.
    expect(Math.abs(ones - N * p)).toBeLessThanOrEqual(5 * Math.sqrt(N * p * (1 - p)) + N * 2 ** -17);
    // Neighbours, which are cut from one word, are independent.
    const both = values.reduce((sum, x, i) => sum + (i % 2 === 0 ? x * values[i + 1]! : 0), 0) / (N / 2);
    expect(Math.abs(both - p * p)).toBeLessThanOrEqual(5 * Math.sqrt((p * p * (1 - p * p)) / (N / 2)) + 2 ** -15);
  });

  it("separates streams, seeds and steps", () => {
    const draws = [
      [streamKey(0, "a"), 0],
      [streamKey(0, "b"), 0],
      [streamKey(1, "a"), 0],
      [streamKey(2 ** 32, "a"), 0],
      [streamKey(0, "a"), 1],
      [streamKey(0, "ab"), 0],
      [streamKey(0, "ba"), 0],
    ] as const;
    const arrays = draws.map(([stream, step]) => {
      const values = new Float32Array(20_000);
      fillNormal(stream, step, values);
      return values;
    });
    for (const [i, a] of arrays.entries()) {
      for (const b of arrays.slice(i + 1)) {
        const correlation = a.reduce((sum, x, k) => sum + x * b[k]!, 0) / a.length;
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(a.length));
      }
    }
  });

  it("gives every stream that a large model uses a key of its own", () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `init/generator/block${i % 100}/conv${Math.floor(i / 100)}`);
    const keys = new Set(names.map((name) => Object.values(streamKey(0, name)).join()));
    expect(keys.size).toBe(names.length);
  });
});

describe("permutation", () => {
  it.each([0, 1, 2, 3, 1000])("orders %d numbers", (n) => {
    expect([...permutation(key, 0, n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  it("is another one at another step", () => {
    expect(permutation(key, 0, 100)).toEqual(permutation(key, 0, 100));
    expect(permutation(key, 0, 100)).not.toEqual(permutation(key, 1, 100));
  });

  it("gives every order the same chance", () => {
    const counts = new Map<string, number>();
    const draws = 12_000;
    for (let step = 0; step < draws; step++) {
      const order = permutation(key, step, 4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 23 degrees of freedom: above 58 once in ten thousand.
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - draws / 24) ** 2 / (draws / 24), 0);
    expect(chi).toBeLessThan(58);
    expect(chi).toBeGreaterThan(4);
  });
});
