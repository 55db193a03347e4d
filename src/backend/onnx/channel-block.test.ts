/** @file The self-test must pass where the blocked kernels are: if it fails, every step is slow and nothing else says so. */

import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { findChannelBlock } from "./channel-block.ts";
import type { OrtModule } from "./onnx.ts";

it.runIf(process.arch === "x64")(
  "finds blocked kernels on x86, and they do what the standard operators do",
  async () => {
    expect([8, 16]).toContain(await findChannelBlock(ort as unknown as OrtModule));
  },
);
