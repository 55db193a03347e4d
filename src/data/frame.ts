/** @file Frames: a band along an edge that is the same in every image, such as padding, a letterbox or a border. */

/** Side of an image. */
type Side = "top" | "bottom" | "left" | "right";

/** A band along an edge. */
export interface Band {
  readonly side: Side;
  /** In pixels. */
  readonly width: number;
  /** Its mean level, 0..255, over the channels. */
  readonly level: number;
}

/** Mean and variance over samples, at each place of a sample: for images channels outermost, in levels of 0..255. */
export interface Places {
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Levels that a place of a frame may vary by, and that a line of it may differ from the line before. */
const SAME = 2;

/** Levels between a frame and what it borders on. A digit on black is black at its edges, too: that is no frame. */
const STEP = 64;

/** The bands that all images have, by side; none where a frame would take up half of the image. */
export const constantBands = (places: Places, shape: readonly number[]): Band[] =>
  (["top", "bottom", "left", "right"] as const).flatMap((side) => bandAlong(side, places, shape) ?? []);

/** Lines behind a band in which what it borders on must show: the first may be half of each, as where a framed image was resized. */
const BEHIND = 2;

/** The band along one side; null for none. */
function bandAlong(
  side: Side,
  { means, variances }: Places,
  [channels = 1, height = 1, width = 1]: readonly number[],
): Band | null {
  const isRow = side === "top" || side === "bottom";
  const [depth, length] = isRow ? [height, width] : [width, height];
  const placesOf = (line: number, channel: number): number[] => {
    const across = side === "top" || side === "left" ? line : depth - 1 - line;
    return Array.from(
      { length },
      (_, along) => (channel * height + (isRow ? across : along)) * width + (isRow ? along : across),
    );
  };
  const each = Array.from({ length: channels }, (_, channel) => channel);
  const levelOf = (own: readonly number[]) =>
    own.reduce((sum, place) => sum + (means[place] as number), 0) / own.length;
  const isSame = (place: number) => (variances[place] as number) <= SAME ** 2;
  const edge = each.map((channel) => levelOf(placesOf(0, channel)));
  const isBand = (line: number) =>
    each.every((channel) => {
      const own = placesOf(line, channel);
      return own.every(isSame) && Math.abs(levelOf(own) - edge[channel]!) <= SAME;
    });
  let line = 0;
  while (line < depth / 2 && isBand(line)) line++;
  if (line === 0 || line + BEHIND > depth / 2) return null;
  const steps = each.flatMap((channel) =>
    Array.from({ length: BEHIND }, (_, i) => {
      // Without the bands of the other sides.
      const next = placesOf(line + i, channel);
      const varying = next.filter((place) => !isSame(place));
      return Math.abs(levelOf(varying.length > 0 ? varying : next) - edge[channel]!);
    }),
  );
  const level = edge.reduce((sum, one) => sum + one, 0) / channels;
  return Math.max(...steps) < STEP ? null : { side, width: line, level };
}
