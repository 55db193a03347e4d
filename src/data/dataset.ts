/**
 * @file The contract between readers and the trainer: a data set is one array in memory.
 *
 * Images are kept as uint8 [N, C, H, W] and normalised to -1..1 inside the compiled step; points are float32 [N, D].
 */

/** How the source's values were scaled, as recognised from the numbers found in it. */
export type ValueConvention = "0..255" | "0..1" | "-1..1" | "real";

/** What was recognised about the source's value range. */
export interface ValueRange {
  /** Smallest and largest value found in the source. */
  readonly min: number;
  readonly max: number;
  readonly convention: ValueConvention;
}

/** One file or record that could not be used, and why. */
export interface SkippedItem {
  readonly item: string;
  readonly reason: string;
}

/** What bringing images to one form did to them, where it may have harmed them. */
export interface ImageConversion {
  /** Images with transparency, which was composited on white. */
  readonly transparent: number;
  /** Images that were scaled up by more than a quarter. */
  readonly enlarged: number;
  /** Images of which the square crop left less than two thirds. */
  readonly cropped: number;
}

interface DatasetBase {
  /** Short name for run directories and tables, such as `mnist`. */
  readonly name: string;
  /** Number of samples. */
  readonly count: number;
  readonly valueRange: ValueRange;
  /** Class of each sample, 0-based; absent when the source has none. */
  readonly labels?: Int32Array;
  /** Class names in label order; present exactly when `labels` is. */
  readonly classes?: readonly string[];
  /** What was left out, when the user allowed that. */
  readonly skipped: readonly SkippedItem[];
  /** Remarks the user should see: guesses made, conversions done. */
  readonly notes: readonly string[];
}

/** Images: `data` is uint8 [N, C, H, W], 0..255. */
export interface ImageDataset extends DatasetBase {
  readonly kind: "images";
  /** [channels, height, width] of one image. */
  readonly shape: readonly [number, number, number];
  readonly data: Uint8Array;
  /** Absent where nothing was converted. */
  readonly conversion?: ImageConversion;
}

/** Points: `data` is float32 [N, D]. */
export interface PointDataset extends DatasetBase {
  readonly kind: "points";
  /** [dimensions] of one point. */
  readonly shape: readonly [number];
  readonly data: Float32Array;
  /** Known truth of a synthetic mixture: mode centres [K][D] and the standard deviation within a mode. */
  readonly modes?: { readonly centres: readonly (readonly number[])[]; readonly std: number };
}

export type Dataset = ImageDataset | PointDataset;

/** What a user may say about a source. Everything is optional: the reader guesses and says what it guessed. */
export interface DataOptions {
  /** Wanted image size in pixels (square): images are scaled and centre-cropped to it. Default: the source's own size. */
  readonly size?: number | undefined;
  /** Wanted channels. Default: the source's own. */
  readonly channels?: 1 | 3 | undefined;
  /** Axis order of .npy and .npz arrays. Default: guessed, and the guess is stated in `notes`. */
  readonly layout?: "N" | "NHW" | "NHWC" | "NCHW" | "ND" | undefined;
  /** Value convention of float arrays. Default: recognised from the values. */
  readonly range?: "0..255" | "0..1" | "-1..1" | undefined;
  /** Name of the array inside an .npz. Default: the only one, or `x`, `images`, `data`, `arr_0`. */
  readonly key?: string | undefined;
  /** Skip unreadable files (counted and named in `skipped`) instead of refusing the whole source. Default false. */
  readonly skipCorrupt?: boolean | undefined;
  /** Use at most this many samples (the first ones in source order). Default: all. */
  readonly limit?: number | undefined;
  /** Seed of synthetic sources. Default 0. */
  readonly seed?: number | undefined;
  /** Number of samples of synthetic sources. Default: the source's documented number. */
  readonly count?: number | undefined;
}
