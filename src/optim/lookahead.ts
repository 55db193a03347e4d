/** @file Lookahead: slow weights that follow the fast ones every few steps. */

import { add, cast, greater, mul, select, sub } from "../graph/tensor.ts";
import type { Transform } from "./transform.ts";

/** Options of {@link lookahead}. */
export interface LookaheadOptions {
  /** Steps between two meetings. Default 5. */
  readonly steps?: number;
  /** How far the slow weights go towards the fast ones when they meet, 0 to 1. Default 0.5. */
  readonly share?: number;
}

/**
 * Every `steps` steps slow' = slow + share * (fast - slow), and the fast weights start again from there.
 * Zhang, Lucas, Hinton and Ba, "Lookahead Optimizer" (2019); for GANs: Chavdarova et al., "Taming GANs with Lookahead-Minmax" (2021).
 */
export function lookahead({ steps = 5, share = 0.5 }: LookaheadOptions = {}): Transform {
  return {
    slots: (length) => ({
      slow: { shape: [length], initial: 0 },
      // Steps since the last meeting; -1 before the first step, when there are no slow weights yet.
      sinceMeeting: { shape: [], initial: -1 },
    }),
    update: (update) => ({ update, slots: {} }),
    settle(fast, before, { slow, sinceMeeting }) {
      const begun = greater(sinceMeeting!, -0.5);
      const start = select(begun, slow!, before);
      const count = add(select(begun, sinceMeeting!, 0), 1);
      const meet = greater(count, steps - 0.5);
      const met = add(start, mul(sub(fast, start), share));
      return {
        parameters: select(meet, met, fast),
        slots: { slow: select(meet, met, start), sinceMeeting: mul(count, sub(1, cast(meet, "f32"))) },
      };
    },
  };
}
