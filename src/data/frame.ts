/** @file Frames: a band along an edge that is the same in every image, such as padding, a letterbox or a border. */

/** Side of an image. */
export type Side = "top" | "bottom" | "left" | "right";

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

/** The lines along one side, from the edge on. */
function bandAlong(
  side: Side,
  { means, variances }: Places,
  [channels = 1, height = 1, width = 1]: readonly number[],
): Band | null {
  const isRow = side === "top" || side === "bottom";
  const [depth, length] = isRow ? [height, width] : [width, height];
  const placesOf = (line: number): number[] => {
    const across = side === "top" || side === "left" ? line : depth - 1 - line;
    return Array.from({ length: channels * length }, (_, i) => {
      const [channel, along] = [Math.floor(i / length), i % length];
      return (channel * height + (isRow ? across : along)) * width + (isRow ? along : across);
    });
  };
  const levelOf = (own: readonly number[]) =>
    own.reduce((sum, place) => sum + (means[place] as number), 0) / own.length;
  const isSame = (place: number) => (variances[place] as number) <= SAME ** 2;
  const edge = levelOf(placesOf(0));
  const isBand = (own: readonly number[]) => own.every(isSame) && Math.abs(levelOf(own) - edge) <= SAME;
  let line = 0;
  while (line < depth / 2 && isBand(placesOf(line))) line++;
  if (line === 0 || line >= depth / 2) return null;
  // What the frame borders on, without the bands of the other sides.
  const next = placesOf(line);
  const varying = next.filter((place) => !isSame(place));
  const step = Math.abs(levelOf(varying.length > 0 ? varying : next) - edge);
  return step < STEP ? null : { side, width: line, level: edge };
}
