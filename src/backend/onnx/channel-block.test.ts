/** @file The self-test must pass where the blocked kernels are: if it fails, every step is slow and nothing else says so. */

import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { findChannelBlock } from "./channel-block.ts";
import type { OrtModule } from "./ort.ts";

it.runIf(process.arch === "x64")(
  "finds blocked kernels on x86, and they do what the standard operators do",
  async () => {
    const { block, reason } = await findChannelBlock(ort as unknown as OrtModule);
    expect([8, 16]).toContain(block);
    expect(reason).toBeUndefined();
  },
);

describe("where the blocked kernels cannot be used, it says why", () => {
  const real = ort as unknown as OrtModule;
  const session = (run: (out: Float32Array) => Float32Array): OrtModule => ({
    Tensor: real.Tensor,
    InferenceSession: {
      create: async (model, options) => {
        const inner = await real.InferenceSession.create(model, options);
        return {
          release: () => inner.release(),
          run: async (feeds, fetches) => {
            const results = await inner.run(feeds, fetches);
            return Object.fromEntries(
              Object.entries(results).map(([name, { data }]) => [name, { data: run(data as Float32Array) }]),
            );
          },
        };
      },
    },
  });

  it("in the runtime's words", async () => {
    const absent: OrtModule = {
      Tensor: real.Tensor,
      InferenceSession: { create: () => Promise.reject(new Error("ReorderInput is not registered\nat some place")) },
    };
    expect(await findChannelBlock(absent)).toEqual({
      block: 0,
      reason: "the self-test of the blocked kernels failed: ReorderInput is not registered",
    });
  });

  it("where they put things elsewhere", async () => {
    const turned = session((out) => out.slice().reverse());
    expect(await findChannelBlock(turned)).toMatchObject({
      block: 0,
      reason: expect.stringContaining("no known size"),
    });
  });
});
