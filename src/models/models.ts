/** @file Every model by name. */

import { registry } from "../util/registry.ts";
import { biggan } from "./biggan.ts";
import { dcgan } from "./dcgan.ts";
import { metz } from "./metz.ts";
import { mlp } from "./mlp.ts";
import type { ModelBuilder } from "./model.ts";
import { r3gan } from "./r3gan.ts";
import { resnet } from "./resnet.ts";
import { stylegan2 } from "./stylegan2.ts";
import { tutorial } from "./tutorial.ts";

/** The model registry. */
export const models = registry<ModelBuilder>([tutorial, dcgan, metz, mlp, resnet, biggan, stylegan2, r3gan]);
