import { expect, test } from "vitest";
import { emptyHistory, type Reading } from "../history.ts";
import { remember } from "./remember.ts";

test("a past of any length is kept in bounds: the first readings, the latest, and between them some from everywhere", () => {
  let history = emptyHistory();
  const count = 5000;
  for (let step = 1; step <= count; step++) {
    const reading: Reading = { step, images: step, values: { "loss/generator": 1 } };
    history = remember(history, { kind: "scalars", reading });
    if (step === 600) expect(history.scalars).toHaveLength(600);
  }
  const steps = history.scalars.map(({ step }) => step);
  expect(steps).toHaveLength(600);
  expect(steps.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  expect(steps.slice(-300)).toEqual(Array.from({ length: 300 }, (_, i) => count - 299 + i));
  // 270 readings for 4,670 steps: one in 17, and nowhere are there far fewer.
  const gaps = steps.slice(1).map((step, i) => step - (steps[i] as number));
  expect(Math.min(...gaps)).toBeGreaterThan(0);
  expect(Math.max(...gaps)).toBeGreaterThan(17);
  expect(Math.max(...gaps)).toBeLessThan(60);
});
