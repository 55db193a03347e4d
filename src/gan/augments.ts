/** @file Every augmentation by name. */

import { registry } from "../util/registry.ts";
import { ada } from "./augment/ada.ts";
import { apa } from "./augment/apa.ts";
import { diffaugment, mirror } from "./augment/diffaugment.ts";
import type { Augment } from "./augment.ts";

/** The augmentation registry. */
export const augments = registry<Augment>([mirror, diffaugment, ada, apa]);
