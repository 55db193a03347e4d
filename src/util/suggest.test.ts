import { expect, it } from "vitest";
import { didYouMean, editDistance, nearest } from "./suggest.ts";

it.each([
  ["", "", 0],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["flaw", "lawn", 2],
  ["same", "same", 0],
])("the distance from %j to %j is %d, both ways", (a, b, distance) => {
  expect([editDistance(a, b), editDistance(b, a)]).toEqual([distance, distance]);
});

it.each([
  ["wgangp", "wgan-gp"],
  ["R1", "r1"],
  ["non-saturate", "non-saturating"],
  ["lest-squares", "least-squares"],
])("%j is taken for %j", (name, wanted) => {
  expect(nearest(name, ["r1", "wgan-gp", "non-saturating", "least-squares"])).toBe(wanted);
});

it("suggests nothing for a name that is like none", () => {
  expect(nearest("transformer", ["r1", "adam"])).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
  expect(didYouMean("transformer", ["adam"])).toBe("");
});

it("suggests the nearest of several, the first where they are equally near", () => {
  expect(nearest("rin", ["ring", "rig", "grid"])).toBe("ring");
  expect(nearest("batc", ["batches", "batch"])).toBe("batch");
});

it("words the suggestion", () => {
  expect(`unknown name "adm".${didYouMean("adm", ["adam", "sgd"])}`).toBe('unknown name "adm". Did you mean "adam"?');
});
