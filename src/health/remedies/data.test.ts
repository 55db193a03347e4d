import { expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { instanceNoise } from "./data.ts";

it("noise is put on points that it says something beside, and on no others", () => {
  const config = parseConfig({ data: { source: "ring" }, model: "mlp", steps: 100 });
  const context = { code: "data-fault", sample: { kind: "points", shape: [2] }, dataCount: 1000 } as const;
  const applies = (realScale?: number) =>
    instanceNoise.apply(config, { ...context, ...(realScale !== undefined && { realScale }) }) !== null;
  expect([undefined, 0.1, 1, 10].map(applies)).toEqual([true, true, true, true]);
  expect([0.001, 0.09, 11, 70].map(applies)).toEqual([false, false, false, false]);
});
