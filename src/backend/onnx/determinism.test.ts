import { expect, it } from "vitest";
import { buildGraph } from "../../graph/graph.ts";
import { input, mul } from "../../graph/tensor.ts";
import { nodeBackend } from "./node.ts";

it("computes subnormal numbers the same way on every thread", async () => {
  // Large enough to be shared between threads. Were they flushed on some threads only, runs would differ.
  const size = 2_000_000;
  const graph = buildGraph({ y: mul(input("x", [size]), 0.999) });
  const executable = await (await nodeBackend({ threads: 2 })).compile(graph);
  const x = new Float32Array(size).fill(1e-39);
  const expected = Math.fround(Math.fround(1e-39) * Math.fround(0.999));
  expect(expected).toBeGreaterThan(0);
  for (let run = 0; run < 6; run++) {
    const { y } = await executable.run({ x });
    expect(y!.every((value) => value === expected)).toBe(true);
  }
  await executable.release();
});
