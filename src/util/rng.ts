/**
 * @file Counter-based random numbers: Threefry-2x32 with 20 rounds.
 *
 * A number is a pure function of (seed, stream name, step, index). There is no generator state, so a resumed run draws
 * exactly what the unbroken run would have drawn, and streams never disturb one another.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (2011); constants as in Random123.
 */

/** The two 32-bit key words of a stream. */
export interface StreamKey {
  readonly k0: number;
  readonly k1: number;
}

const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32-20: encrypts the counters (c0, c1), (c0 + 1, c1), … under key (k0, k1) into `out`, two words each. The
 * length of `out` must be even.
 */
export function threefry2x32(key0: number, key1: number, c0: number, c1: number, out: Uint32Array): void {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = PARITY ^ k0 ^ k1;
  const start = (c0 + k0) | 0;
  const second = (c1 + k1) | 0;
  for (let at = 0; at < out.length; at += 2) {
    let x0 = (start + (at >>> 1)) | 0;
    let x1 = second;
    // Rotations 13 15 26 6 | 17 29 16 24, a key injection after every four rounds; unrolled because this is the hot loop.
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    x0 = (x0 + k1) | 0;
    x1 = (x1 + k2 + 1) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
    x0 = (x0 + k2) | 0;
    x1 = (x1 + k0 + 2) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    x0 = (x0 + k0) | 0;
    x1 = (x1 + k1 + 3) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
    x0 = (x0 + k1) | 0;
    x1 = (x1 + k2 + 4) | 0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
    out[at] = (x0 + k2) | 0;
    out[at + 1] = (x1 + k0 + 5) | 0;
  }
}

/** Key of the stream called `name` under `seed` (an integer, 0 to 2^53 - 1). */
export function streamKey(seed: number, name: string): StreamKey {
  // Two FNV-1a hashes with different offsets make the 64-bit counter; Threefry mixes it with the seed.
  let h0 = 0x811c9dc5;
  let h1 = 0x01000193;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    h0 = Math.imul(h0 ^ code, 0x01000193);
    h1 = Math.imul(h1 ^ (code + i), 0x85ebca6b);
  }
  const out = new Uint32Array(2);
  threefry2x32(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, h0, h1, out);
  return { k0: out[0] as number, k1: out[1] as number };
}

/**
 * Words drawn at a time. They stay in the first-level cache; and V8 optimises a function that is called often, while one
 * long loop is stuck with code that is four times slower.
 */
const CHUNK = 1024;

/** Draws `length` words and hands them on in pieces: `use(words, at)` gets those from index `at` on, in an array of even length. */
function drawWords(key: StreamKey, step: number, length: number, use: (words: Uint32Array, at: number) => void): void {
  const even = length + (length & 1);
  const scratch = new Uint32Array(Math.min(CHUNK, even));
  for (let at = 0; at < even; at += CHUNK) {
    const words = even - at < scratch.length ? scratch.subarray(0, even - at) : scratch;
    threefry2x32(key.k0, key.k1, at >>> 1, step, words);
    use(words, at);
  }
}

/** Fills `out` with uniform 32-bit words. `step` is an integer from 0 to 2^32 - 1. */
export function fillBits(key: StreamKey, step: number, out: Uint32Array): void {
  drawWords(key, step, out.length, (words, at) => {
    out.set(at + words.length > out.length ? words.subarray(0, out.length - at) : words, at);
  });
}

/** Fills `out` with uniform numbers in [0, 1), multiples of 2^-24. */
export function fillUniform(key: StreamKey, step: number, out: Float32Array): void {
  drawWords(key, step, out.length, (words, at) => {
    const count = Math.min(words.length, out.length - at);
    for (let i = 0; i < count; i++) out[at + i] = (words[i]! >>> 8) * 2 ** -24;
  });
}

/** Fills `out` with standard normal numbers (Box-Muller on 32-bit words; no value lies beyond 6.7). */
export function fillNormal(key: StreamKey, step: number, out: Float32Array): void {
  drawWords(key, step, out.length, (words, at) => {
    for (let i = 0; i < words.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((words[i]! + 1) * 2 ** -32));
      const angle = 2 * Math.PI * words[i + 1]! * 2 ** -32;
      out[at + i] = radius * Math.cos(angle);
      // Beyond the end of an odd array nothing is written.
      out[at + i + 1] = radius * Math.sin(angle);
    }
  });
}

/** Fills `out` with ones (probability `p`, resolution 2^-16) and zeros. Two values are cut from each random word. */
export function fillBernoulli(key: StreamKey, step: number, p: number, out: Uint8Array): void {
  const threshold = Math.round(p * 65536);
  drawWords(key, step, (out.length + 1) >>> 1, (words, at) => {
    const count = Math.min(words.length, (out.length - 2 * at + 1) >>> 1);
    for (let i = 0; i < count; i++) {
      const word = words[i]!;
      const to = 2 * (at + i);
      // The sign bit of the difference, because a branch on a random number is mispredicted every other time.
      out[to] = ((word & 0xffff) - threshold) >>> 31;
      out[to + 1] = ((word >>> 16) - threshold) >>> 31;
    }
  });
}

/** A uniform random permutation of 0 .. n-1 (Fisher-Yates), a function of (key, step) alone. */
export function permutation(key: StreamKey, step: number, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const bits = new Uint32Array(n);
  fillBits(key, step, bits);
  for (let i = n - 1; i > 0; i--) {
    // Multiply-shift instead of modulo: bias below n / 2^32.
    const j = Math.floor(((bits[i] as number) / 2 ** 32) * (i + 1));
    const swap = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swap;
  }
  return order;
}
