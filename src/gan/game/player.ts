/** @file One of the two who play: a network, its packed arrays, and how it learns. */

import type { Layer, NetworkSpec } from "../../nn/module.ts";
import type { PackLayout } from "../../nn/pack.ts";
import type { SlotSpec, Slots, Transform } from "../../optim/transform.ts";
import type { PlayerName } from "../penalty.ts";

/** One player, ready to be traced. */
export interface Player {
  readonly name: PlayerName;
  readonly layer: Layer;
  readonly network: NetworkSpec;
  readonly parameters: PackLayout;
  readonly buffers: PackLayout;
  readonly optimizer: Transform;
  readonly slots: Slots<SlotSpec>;
}
