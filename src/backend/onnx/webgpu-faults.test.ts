/** @file What is done for WebGPU's kernels gives the same numbers; on ONNX Runtime's CPU provider, which needs none of it. */

import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { buildGraph, type Graph } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/ops.ts";
import * as t from "../../graph/tensor.ts";
import { fillUniform, streamKey } from "../../util/rng.ts";
import { evaluate } from "../reference/reference.ts";
import { ModelBuilder } from "./model.ts";
import { onnxBackend } from "./onnx.ts";
import type { OrtModule } from "./ort.ts";
import { legible, splitFirstAxis } from "./webgpu-faults.ts";

const backend = onnxBackend({
  name: "as-for-webgpu",
  ort: ort as unknown as OrtModule,
  channelBlock: 0,
  webgpu: true,
  session: { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 },
});

/** Records the nodes that are added. */
class Recorder extends ModelBuilder {
  readonly added: { readonly type: string; readonly results: number }[] = [];

  override nodeWithOutputs(...given: Parameters<ModelBuilder["nodeWithOutputs"]>): string[] {
    this.added.push({ type: given[0], results: given[2] });
    return super.nodeWithOutputs(...given);
  }
}

async function expectAsReference(graph: Graph): Promise<void> {
  const feeds = Object.fromEntries(
    graph.inputs.map(({ attrs: { name, shape } }) => {
      const values = new Float32Array(sizeOf(shape));
      fillUniform(streamKey(5, name), 0, values);
      return [name, values];
    }),
  );
  const executable = await backend.compile(graph);
  const actual = await executable.run(feeds);
  await executable.release();
  for (const [name, wanted] of Object.entries(evaluate(graph, feeds))) {
    expect(actual[name]).toHaveLength(wanted.length);
    actual[name]!.forEach((value, i) => {
      expect(value, `${name}, ${i}`).toBeCloseTo(wanted[i]!, 4);
    });
  }
}

describe("a vector that is cut into many arrays", () => {
  it.each([1, 2, 7, 8, 49, 50, 60])(
    "%i: every Split has at most seven results, and every array is its own",
    async (n) => {
      const model = new Recorder();
      const sizes = Array.from({ length: n }, (_, i) => 1 + (i % 3));
      const parts = splitFirstAxis({ model, webgpu: true }, "whole", sizes);
      expect(new Set(parts).size).toBe(n);
      expect(model.added.every(({ type, results }) => type === "Split" && results > 1 && results <= 7)).toBe(true);

      const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((sum, size) => sum + size, 0));
      const whole = t.input("whole", [sizes.reduce((sum, size) => sum + size, 0)]);
      const cut = sizes.map((size, i) => t.mul(t.slice(whole, [starts[i]!], [size]), i + 1));
      await expectAsReference(buildGraph({ y: t.concat(cut.reverse(), 0) }));
    },
  );

  it("is cut at once elsewhere", () => {
    const model = new Recorder();
    splitFirstAxis({ model }, "whole", new Array<number>(60).fill(2));
    expect(model.added).toEqual([{ type: "Split", results: 60 }]);
  });
});

describe("a convolution whose channels are a multiple of three and not of four", () => {
  const padded = (channels: number, outputs: number, webgpu = true) => {
    const model = new Recorder();
    legible({ model, webgpu }, ["x", "w"], channels, outputs);
    return model.added.map(({ type }) => type);
  };

  it("is given more channels where outputs are a multiple of four", () => {
    for (const channels of [6, 9, 15, 18, 30]) expect(padded(channels, 8)).toEqual(["Pad", "Pad"]);
    for (const channels of [1, 2, 3, 4, 5, 7, 8, 12, 16]) expect(padded(channels, 8)).toEqual([]);
    expect(padded(6, 3)).toEqual([]);
    expect(padded(6, 8, false)).toEqual([]);
  });

  it.each([
    { n: 2, channels: 6, outputs: 8, groups: 1 },
    { n: 2, channels: 15, outputs: 4, groups: 1 },
    { n: 6, channels: 2, outputs: 4, groups: 1 },
    { n: 6, channels: 4, outputs: 8, groups: 2 },
    { n: 2, channels: 18, outputs: 9, groups: 9 },
  ])("comes out the same: $n x $channels to $outputs in $groups", async ({ n, channels, outputs, groups }) => {
    const geometry = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups } as const;
    const x = t.input("x", [n, channels, 6, 6]);
    const w = t.input("w", [outputs, channels / groups, 4, 4]);
    const y = t.input("y", [n, outputs, 3, 3]);
    const graph = buildGraph({
      forward: t.conv(x, w, geometry),
      back: t.convTranspose(y, w, { ...geometry, size: [6, 6] }),
      filter: t.convFilterGrad(x, y, { ...geometry, kernel: [4, 4] }),
    });
    await expectAsReference(graph);
  });
});
