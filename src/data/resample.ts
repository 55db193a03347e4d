/**
 * @file Resizing planes of bytes: for data, centre-crop to a square, then Lanczos-3, the filter sharp uses for image files;
 * for networks of others, the whole image bilinearly.
 */

/** For each output pixel, the first source pixel and the weights of `taps` source pixels from there. */
interface Filter {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly weights: Float32Array;
}

/**
 * Resizes `planes` planes [height, width] of bytes to [size, size]: the largest centred square is cut out and scaled,
 * with antialiasing when it shrinks.
 */
export function resizePlanes(
  data: Uint8Array,
  planes: number,
  height: number,
  width: number,
  size: number,
): Uint8Array {
  const side = Math.min(height, width);
  const top = Math.floor((height - side) / 2);
  const left = Math.floor((width - side) / 2);
  const filter = filterOf(side, size, LANCZOS);
  const out = new Uint8Array(planes * size * size);
  const rows = new Float32Array(side * size);
  for (let n = 0; n < planes; n++) {
    const origin = n * height * width + top * width + left;
    for (let y = 0; y < side; y++) filterRow(data, origin + y * width, filter, rows, y * size, size);
    for (let y = 0; y < size; y++) filterColumn(rows, y, filter, out, (n * size + y) * size, size);
  }
  return out;
}

function filterRow(from: Uint8Array, at: number, filter: Filter, to: Float32Array, toAt: number, size: number): void {
  const { taps, starts, weights } = filter;
  for (let x = 0; x < size; x++) {
    const start = at + (starts[x] as number);
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += (weights[x * taps + k] as number) * (from[start + k] as number);
    to[toAt + x] = sum;
  }
}

function filterColumn(rows: Float32Array, y: number, filter: Filter, to: Uint8Array, toAt: number, size: number): void {
  const { taps, starts, weights } = filter;
  const start = (starts[y] as number) * size;
  for (let x = 0; x < size; x++) {
    let sum = 0.5;
    for (let k = 0; k < taps; k++) sum += (weights[y * taps + k] as number) * (rows[start + k * size + x] as number);
    to[toAt + x] = Math.min(Math.max(sum, 0), 255);
  }
}

/**
 * `planes` planes [height, width] of bytes scaled to [toHeight, toWidth] bilinearly, nothing cut off, not rounded (0..255).
 *
 * Pixels are squares with their centres at halves (PyTorch's `align_corners=False`, OpenCV, Pillow). When it shrinks the triangle grows
 * with the scale, as in Pillow and PyTorch's `antialias=True`.
 */
export function scalePlanes(
  data: Uint8Array,
  planes: number,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): Float32Array {
  const across = filterOf(width, toWidth, TRIANGLE);
  const down = filterOf(height, toHeight, TRIANGLE);
  const out = new Float32Array(planes * toHeight * toWidth);
  const rows = new Float32Array(height * toWidth);
  for (let n = 0; n < planes; n++) {
    for (let y = 0; y < height; y++) filterRow(data, (n * height + y) * width, across, rows, y * toWidth, toWidth);
    for (let y = 0; y < toHeight; y++) {
      const to = (n * toHeight + y) * toWidth;
      for (let k = 0; k < down.taps; k++) {
        const weight = down.weights[y * down.taps + k] as number;
        const from = ((down.starts[y] as number) + k) * toWidth;
        for (let x = 0; x < toWidth; x++) out[to + x]! += weight * (rows[from + x] as number);
      }
    }
  }
  return out;
}

/** A filter's kernel, which is zero beyond `support` source pixels where it does not shrink. */
interface Kernel {
  readonly support: number;
  readonly at: (x: number) => number;
}

const LANCZOS: Kernel = { support: 3, at: lanczos };
const TRIANGLE: Kernel = { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };

function filterOf(side: number, size: number, { support, at }: Kernel): Filter {
  const scale = side / size;
  const stretch = Math.max(1, scale);
  // The kernel is zero at the end of its support, so the open interval of that half width holds all that counts.
  const taps = Math.min(side, Math.ceil(2 * support * stretch));
  const starts = new Int32Array(size);
  const weights = new Float32Array(size * taps);
  for (let x = 0; x < size; x++) {
    const centre = (x + 0.5) * scale - 0.5;
    const start = Math.min(Math.max(Math.floor(centre - support * stretch) + 1, 0), side - taps);
    starts[x] = start;
    let total = 0;
    for (let k = 0; k < taps; k++) total += at((start + k - centre) / stretch);
    for (let k = 0; k < taps; k++) weights[x * taps + k] = at((start + k - centre) / stretch) / total;
  }
  return { taps, starts, weights };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const t = Math.PI * x;
  return (3 * Math.sin(t) * Math.sin(t / 3)) / (t * t);
}
