import { describe, expect, it } from "vitest";
import { ConfigError } from "../../util/errors.ts";
import { chooseMetrics, usualCount, usualMetrics } from "./choose-metrics.ts";

describe("metrics by name", () => {
  it("take options as text, numbers as numbers", () => {
    expect(chooseMetrics(["fid", "prdc"], ["prdc.k=3"])).toEqual([{ name: "fid" }, { name: "prdc", k: 3 }]);
    expect(chooseMetrics([{ name: "prdc", k: 9 }], ["prdc.k=3"])).toEqual([{ name: "prdc", k: 3 }]);
  });

  it.each([
    ["an unknown name", ["fdi"], [], 'unknown metric "fdi". Did you mean "fid"?'],
    ["a name given twice", ["fid", "fid"], [], "the metric fid is named twice"],
    ["what is no assignment", ["prdc"], ["k"], '--set wants metric.option=value, got "k"'],
    ["an option of an unknown metric", ["prdc"], ["prcd.k=3"], 'unknown metric "prcd". Did you mean "prdc"?'],
    ["an option of a metric that is not chosen", ["fid"], ["kid.blockSize=9"], "kid is not among the metrics"],
    ["an unknown option", ["kid"], ["kid.blocksize=9"], 'unknown option "blocksize". Did you mean "blockSize"?'],
    ["an option out of its range", ["prdc"], ["prdc.k=0"], "the metric prdc: k: "],
    ["text where a number belongs", ["prdc"], ["prdc.k=many"], "the metric prdc: k: "],
  ])("refuse %s", (_, names, set, message) => {
    const choose = () => chooseMetrics(names, set);
    expect(choose).toThrow(ConfigError);
    expect(choose).toThrow(message);
  });
});

it("has metrics and numbers of samples for each kind of data", () => {
  const points = { kind: "points", hasModes: true, gives: [] } as const;
  const images = { kind: "images", hasModes: false, gives: ["probabilities"] } as const;
  const stacked = { ...images, gives: ["channels"] } as const;
  expect([points, { ...points, hasModes: false }, images, stacked].map(usualMetrics)).toEqual([
    ["modes"],
    ["sliced-wasserstein", "kid", "prdc"],
    ["fid", "kid", "prdc"],
    ["stacked-modes", "fid"],
  ]);
  expect([points, images, stacked].map(usualCount)).toEqual([2500, 10_000, 25_600]);
});
