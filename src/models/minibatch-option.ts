/** @file The option with which a model's discriminator sees how alike the samples of a batch are. */

import { z } from "zod";
import { minibatchDiscrimination, minibatchStdDev } from "../nn/minibatch.ts";
import type { Layer } from "../nn/module.ts";

/** What the discriminator is shown of the batch before its last layer. Absent by default, so that older configs stay equal. */
export const minibatchOption = z
  .enum(["none", "std", "discrimination"])
  .optional()
  .describe(
    "what the discriminator sees of the batch: its standard deviation in groups of 4, or 100 features of how near the samples are; default none",
  );

/**
 * The layers that do so, to be put behind the features. `std` takes any batch that 4 divides; `discrimination` takes flat
 * samples [N, A].
 */
export function minibatchLayers(choice: z.output<typeof minibatchOption>): Layer[] {
  if (choice === undefined || choice === "none") return [];
  return [choice === "std" ? minibatchStdDev() : minibatchDiscrimination()];
}
