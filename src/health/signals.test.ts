import { expect, it } from "vitest";
import { PROBES } from "./measure/probes.ts";
import { describeSignal, SIGNALS } from "./signals.ts";

it("every signal of a probe is described as one of a look", () => {
  const instance = (pattern: string) => pattern.replace(/\*$/, "x");
  const names = PROBES.flatMap(({ signals }) => signals.map(instance)).filter((name) => name !== "score/x");
  expect(names.length).toBeGreaterThan(15);
  const groups = ["auc", "energy", "diversity", "duplicates", "cross-entropy"].map((group) => `${group}/x`);
  expect(names).toEqual(expect.arrayContaining(groups));
  const open = names.filter((name) => !groups.includes(name));
  expect(open.filter((name) => describeSignal(name)?.measured !== "look")).toEqual([]);
});

it("a name of its own comes before a pattern, and the longer pattern before the shorter", () => {
  expect(describeSignal("tell/best")!.name).toBe("tell/best");
  expect(describeSignal("tell/border")!.name).toBe("tell/*");
  expect(describeSignal("gradient/generator")!.measured).toBe("step");
  expect(describeSignal("gradient/generator/up/weight")!.name).toBe("gradient/generator/*");
  expect(describeSignal("spectral/discriminator/conv")!.name).toBe("spectral/*");
  expect(describeSignal("penalty/r1")!.bad).toBe("high");
  expect(describeSignal("fid-10k-lenet_mnist")).toBeUndefined();
});

it("rows are complete, and no two describe the same", () => {
  expect(new Set(SIGNALS.map(({ name }) => name)).size).toBe(SIGNALS.length);
  for (const { says, well, unit, range } of SIGNALS) {
    for (const text of [says, well, unit]) expect(text).toMatch(/\S/);
    const [low, high] = range;
    if (low !== null && high !== null) expect(low).toBeLessThan(high);
  }
});
