/** @file What a published row is: a method's figures as a paper, or somebody who quotes it, gives them. */

/** A figure as published. */
export interface PublishedFigure {
  readonly value: number;
  /** Standard error, or deviation where the source says so, if one is given. */
  readonly error?: number;
  /** Of how many trials it is a share, for figures that are counts. */
  readonly of?: number;
}

/** A row of a published table. */
export interface PublishedRow {
  readonly method: string;
  /** By the titles of our columns' figures without the number of samples, such as `modes` and `modes/high-quality`. */
  readonly figures: Readonly<Record<string, PublishedFigure>>;
  /** Table and paper, or file of the repository. */
  readonly source: string;
  /** Read in another text that quotes it, not in the source itself. */
  readonly secondHand?: boolean;
  /** Not published: measured with an implementation of ours, made apart from Gantry. */
  readonly reimplemented?: boolean;
  /** What must be known to read the row. */
  readonly remark?: string;
}

/** A figure, with its error where one is known. */
export const figure = (value: number, error?: number): PublishedFigure => ({
  value,
  ...(error !== undefined && { error }),
});
