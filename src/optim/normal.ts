/** @file Keeping decaying averages out of the subnormal numbers. */

/**
 * Added to an average at every step. Without gradients (dead units) it would halve until it is subnormal, and stay there,
 * where arithmetic is tens of times slower. Beside a gradient that moves anything it is nothing.
 */
export const NORMAL = 1e-30;
