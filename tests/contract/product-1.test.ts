/** @file Half of the whole product of choices; see product.ts. */

import { describeProduct } from "./product.ts";

describeProduct(0, 2);
