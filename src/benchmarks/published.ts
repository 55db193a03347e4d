/** @file The published rows by the name under which a protocol asks for them. */

import { gridRows, ringRows, twoClusterRows } from "./published/mixtures.ts";
import type { PublishedRow } from "./published/published.ts";
import { halfRows, quarterRows, veeganRows } from "./published/stacked-mnist.ts";

/** Tables of published rows. */
export const publishedTables: Readonly<Record<string, readonly PublishedRow[]>> = {
  ring: ringRows,
  grid: gridRows,
  "two-clusters": twoClusterRows,
  "stacked-mnist/veegan": veeganRows,
  "stacked-mnist/unrolled-quarter": quarterRows,
  "stacked-mnist/unrolled-half": halfRows,
};

/** Said under every table that holds published rows. */
export const PUBLISHED_REMARK =
  "Published rows come from other networks, optimisers and lengths: architecture and optimiser decide such figures as much as the method does, and only rows of one protocol can be compared.";

/**
 * The figure of ours under which a published one stands: `modes-2500/high-quality` -> `modes/high-quality`,
 * `fid-10k-lenet_mnist` -> `fid`.
 */
export const plainName = (figure: string): string => figure.replace(/-\d+k?(-[a-z]\w*)?(?=\/|$)/, "");
