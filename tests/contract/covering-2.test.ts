/** @file Half of the design of combinations; see covering.ts. */

import { describeCovering } from "./covering.ts";

describeCovering(1, 2);
