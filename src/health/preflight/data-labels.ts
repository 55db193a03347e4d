/** @file Checks of duplicates and labels. */

import { type Check, type Finding, found, ok, type PreflightCase, percent } from "./check.ts";

/** Share of samples that may repeat others. */
const FEW_REPEATS = 0.01;
/** Largest class over the smallest, from which the small one is likely to be dropped. */
const UNEVEN = 10;
/** Size of the largest class below which chance alone makes classes uneven. */
const FAIR_SIZE = 50;
/** Samples of a class below which a generator that is asked for it can hardly learn more than copies. */
const FEW_OF_CLASS = 20;

/** Whether samples repeat each other, and agree on their labels where they do. */
export const duplicates: Check = {
  name: "duplicates",
  title: "No sample is there twice",
  looksAt: "samples that are equal to another, bit for bit, and their labels",
  run: ({ data: { statistics, count: all } }) => {
    const { duplicates, looked, between } = statistics;
    if (looked < 2 || between === 0) return [];
    const { count, conflicts = 0 } = duplicates;
    const [first] = duplicates.examples;
    const part = looked < all ? ` (of ${all}, among all of which the share can only be larger)` : "";
    const example = first === undefined || part !== "" ? "" : `, such as number ${first[1]} that of number ${first[0]}`;
    const out: Finding[] = [];
    if (count > 0) {
      out.push(
        found(
          count > FEW_REPEATS * looked ? "warning" : "info",
          `${count} of ${looked} samples${part} repeat another exactly (${percent(count / looked)})${example}`,
          "remove them: what is there twice is made twice as often, and learned by heart sooner",
          "memorization",
        ),
      );
    }
    if (conflicts > 0) {
      out.push(
        found(
          "warning",
          `${conflicts} of the ${count} repeats have another label than the sample that they repeat`,
          "look at the labels: they may be shifted, or of another order than the samples",
          "data-fault",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`none of the ${looked} samples${part} repeats another`)];
  },
};

/** Whether the generator is told the class. */
const isConditional = ({ config: { conditioning } }: PreflightCase): boolean =>
  conditioning !== undefined && conditioning.generator !== "none";

/** Whether classes are all there, and even. */
export const classes: Check = {
  name: "classes",
  title: "Classes are even",
  looksAt: "how many samples each class has",
  run: (facts) => {
    const sizes = facts.data.classes;
    if (sizes === undefined) return [];
    const told = isConditional(facts);
    const filled = sizes.filter(({ count }) => count > 0).sort((a, b) => a.count - b.count);
    const [least, most] = [filled[0], filled.at(-1)];
    if (least === undefined || most === undefined) return [];
    if (filled.length === 1) {
      return [
        found(
          told ? "warning" : "info",
          `all labels say ${most.name}${sizes.length > 1 ? `, of ${sizes.length} classes` : ""}`,
          "look at the labels, or leave them out; one class tells nothing",
          "data-fault",
        ),
      ];
    }
    const out: Finding[] = [];
    const empty = sizes.filter(({ count }) => count === 0);
    if (empty.length > 0) {
      out.push(
        found(
          told ? "warning" : "info",
          `${empty.length} of ${sizes.length} classes have no samples, the first of them ${empty[0]?.name}`,
          "leave the empty classes out of the labels: a generator that is asked for them makes what it likes",
          "data-fault",
        ),
      );
    }
    const small = filled.filter(({ count }) => count < FEW_OF_CLASS);
    if (told && small.length > 0) {
      out.push(
        found(
          "warning",
          `${small.length} of ${sizes.length} classes have fewer than ${FEW_OF_CLASS} samples, least ${least.name} with ${least.count}`,
          "join small classes, find more samples of them, or leave them out",
          "memorization",
        ),
      );
    }
    if (most.count >= FAIR_SIZE && most.count >= UNEVEN * least.count) {
      out.push(
        found(
          "warning",
          `classes are uneven: ${most.name} has ${most.count} samples, ${least.name} ${least.count}`,
          told
            ? "even the classes out; classes are asked for evenly or as often as they occur, and small ones learn little"
            : "even the classes out, or tell the generator the class (conditioning=projection): small ones are dropped first",
          "mode-dropping",
        ),
      );
    }
    return out.length > 0 ? out : [ok(`${filled.length} classes of ${least.count} to ${most.count} samples`)];
  },
};
