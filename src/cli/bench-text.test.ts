import { expect, it } from "vitest";
import type { TrialRecord } from "../benchmarks/trial-record.ts";
import { recordLine } from "./bench-text.ts";

const RECORD: TrialRecord = {
  v: 1,
  benchmark: "ring",
  protocol: "gantry-12k (changed)",
  changes: "steps=60",
  recipe: "gan",
  trial: 2,
  fingerprint: "0",
  status: "finished",
  reason: "",
  figures: { "modes-2500": 8, minutes: 1 },
  ideal: {},
  real: {},
  steps: 60,
  seconds: 60,
  processorSeconds: null,
  threads: 1,
  versions: { gantry: "1", node: "20", onnxruntime: null },
  cpu: "a processor",
};

it("a record's line says what was changed in the protocol", () => {
  expect(recordLine(RECORD, false)).toMatch(/^gantry-12k \(changed: steps=60\) {2}gan 2 {2}modes-2500 8\.00 {2}1:00$/);
  const { changes: _, ...older } = RECORD;
  expect(recordLine(older, true)).toMatch(/^gantry-12k \(changed\) {2}gan 2 .*recorded before/);
});
