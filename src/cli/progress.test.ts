import { expect, test } from "vitest";
import { UNKNOWN_FACTS } from "../health/history.ts";
import { remedyNamed } from "../health/remedies.ts";
import { stampEvent } from "../run/store/event-codec.ts";
import type { RunEvent, RunEventInput, RunEventOf } from "../run/store/events.ts";
import { Progress } from "./progress.ts";
import { Terminal } from "./terminal.ts";

interface Given {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly quiet: boolean;
  readonly env: Record<string, string>;
  readonly evaluateEvery: number;
  readonly stoodAt: (step: number) => RunEventOf<"health"> | undefined;
}

/** A terminal of a given kind, and what was written to its stderr. */
function setup(given: Partial<Given> = {}) {
  const { isTTY = false, columns = 120, quiet = false, env = {}, evaluateEvery = 0, stoodAt } = given;
  const written: string[] = [];
  const state = { now: 0, steps: 0 };
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const terminal = new Terminal({ stdout: stream, stderr: stream, env, now: () => state.now });
  const recorded: string[] = [];
  const progress = new Progress({
    terminal,
    quiet,
    total: 1000,
    imagesPerStep: 64,
    ...(evaluateEvery > 0 && { evaluateEvery }),
    dir: "runs/x",
    stepsDone: () => state.steps,
    ...(stoodAt !== undefined && { stoodAt }),
    record: (line) => recorded.push(line),
  });
  const event = (input: RunEventInput): RunEvent => stampEvent(input);
  const scalars = (step: number) =>
    progress.event(event({ type: "scalars", step, images: step * 64, values: { "loss/generator": 1.5 } }));
  /** Ten ticks of a second, ten steps each. */
  const second = () => {
    for (let i = 0; i < 10; i++) {
      state.now += 100;
      state.steps++;
      progress.tick();
    }
  };
  return { written, recorded, progress, event, scalars, second, state };
}

test("on a terminal one line is redrawn at most ten times a second, with speed and time left", () => {
  const { written, scalars, second, progress } = setup({ isTTY: true });
  scalars(0);
  second();
  second();
  expect(written.length).toBeLessThanOrEqual(20);
  expect(written.every((text) => text.startsWith("\r") && text.endsWith("\x1b[K"))).toBe(true);
  expect(written.at(-1)).toContain("step 20/1,000  1.28 kimg  loss G 1.50 D -");
  expect(written.at(-1)).toContain("640 img/s  ETA 1:38");
  progress.end();
  expect(written.at(-1)).toBe("\r\x1b[K");
});

test("the speed is that of the training, and the time left counts the evaluations to come", () => {
  const { written, event, second, scalars, progress, state } = setup({ isTTY: true, evaluateEvery: 100 });
  scalars(0);
  for (let i = 0; i < 10; i++) second();
  expect(written.at(-1)).toContain("640 img/s  ETA 1:30");
  // Half a minute in which no step is made, at step 100 and nine more times.
  for (let i = 0; i < 300; i++) {
    state.now += 100;
    progress.tick();
  }
  const metric = (name: string) =>
    progress.event(
      event({
        type: "metric",
        ...{ step: 100, images: 6400, metric: name, results: { fid: { value: 1 } }, better: "small", samples: 100 },
        ...{ reference: { name: "ring", count: 100 }, real: null, seed: 0, weights: "ema", seconds: 30 },
      }),
    );
  metric("fid-100");
  metric("kid-100");
  second();
  second();
  expect(written.at(-1)).toContain("640 img/s  ETA 5:58");
});

test("a remedy is said, and the steps are counted from where it goes back to", () => {
  const { written, recorded, event, second, scalars, progress } = setup({ isTTY: true });
  const remedy = { name: "r1", finding: "oscillation", why: "It turns.", changes: [], attempt: 1 };
  scalars(0);
  second();
  expect(written.at(-1)).toContain("step 10/1,000");
  progress.event(event({ type: "remedy", step: 10, images: 640, ...remedy, backTo: 5 }));
  expect(recorded.slice(-2)).toEqual(["remedy r1: It turns.", "goes back to step 5"]);
  second();
  expect(written.at(-1)).toContain("step 15/1,000");
  progress.event(event({ type: "remedy", step: 15, images: 640, ...remedy, backTo: 0 }));
  expect(recorded.at(-1)).toBe("begins again");
  second();
  expect(written.at(-1)).toContain("step 10/1,000");
});

test("the line shows the first of the latest metrics", () => {
  const { written, recorded, event, second, scalars, progress } = setup({ isTTY: true });
  const metric = (name: string, step: number, value: number) =>
    progress.event(
      event({
        type: "metric",
        ...{ step, images: step * 64, metric: name, results: { first: { value, real: 0.5 }, second: { value: 9 } } },
        ...{ better: "small", samples: 2500, reference: { name: "ring", count: 2500 }, real: null },
        ...{ seed: 0, weights: "ema", seconds: 1 },
      }),
    );
  scalars(5);
  metric("fid-2500-points", 5, 12.25);
  metric("modes-2500", 5, 8);
  second();
  expect(written.at(-1)).toContain("fid-2500-points 12.3  loss G");
  metric("fid-2500-points", 10, 3.5);
  second();
  expect(written.at(-1)).toContain("fid-2500-points 3.50  loss G");
  expect(recorded).toContain("metric   modes-2500 8.00 (reals 0.500) at step 5");
});

test("the line shows how the training stands, and findings say why and what to try", () => {
  const { written, recorded, event, second, scalars, progress } = setup({ isTTY: true });
  const at = { step: 20, images: 1280 };
  scalars(5);
  progress.event(event({ type: "baseline", step: 0, images: 0, facts: UNKNOWN_FACTS, nulls: {} }));
  second();
  expect(written.at(-1)).toContain("kimg  warming-up  loss G");
  progress.event(event({ type: "health", ...at, state: "healthy", code: null, reason: "" }));
  second();
  expect(written.at(-1)).toContain("kimg  healthy  loss G");
  // Facts are written again where a run goes on with another length.
  progress.event(event({ type: "baseline", ...at, facts: UNKNOWN_FACTS, nulls: {} }));
  second();
  expect(written.at(-1)).toContain("kimg  healthy  loss G");
  const row = { signal: "diversity/samples", value: 0.1, low: 0.9, high: null, says: "fakes are alike" };
  const finding = { code: "mode-collapse", confidence: 0.9, onset: at, message: "one mode is left.", evidence: [row] };
  progress.event(event({ type: "finding", ...at, severity: "error", next: "packing", ...finding }));
  progress.event(event({ type: "health", ...at, state: "failing", code: "mode-collapse", reason: "it stayed so" }));
  progress.event(event({ type: "health", ...at, state: "failing", code: "mode-collapse", reason: finding.message }));
  second();
  expect(written.at(-1)).toContain("kimg  failing: mode-collapse  loss G");
  expect(written.join("")).toContain("because fakes are alike");
  expect(recorded.filter((line) => !line.startsWith("step "))).toEqual([
    "health   healthy",
    "finding mode-collapse: one mode is left.",
    "  because fakes are alike",
    `  to try  packing: ${remedyNamed("packing")!.title}`,
    "health   failing: mode-collapse, it stayed so",
    "health   failing: mode-collapse",
  ]);
});

test("a suspicion is called one, and evidence is not said twice", () => {
  const { recorded, event, progress } = setup();
  const row = { signal: "bins/missing", value: 0.4, low: 0, high: 0.1, says: "kinds are missing" };
  const finding = { code: "mode-dropping", confidence: 0.6, onset: { step: 5, images: 5 }, evidence: [row] };
  const message = "Mode dropping since step 5: kinds are missing.";
  progress.event(event({ type: "finding", step: 20, images: 1, severity: "warning", next: null, message, ...finding }));
  expect(recorded).toEqual([`suspected mode-dropping: ${message}`]);
});

test("where nothing is redrawn, changes of health are lines", () => {
  const { written, event, progress } = setup();
  progress.event(event({ type: "health", step: 20, images: 1, state: "watch", code: "oscillation", reason: "" }));
  expect(written.join("")).toContain("health   watch: oscillation\n");
});

test("the line fits the terminal", () => {
  const { written, scalars, second } = setup({ isTTY: true, columns: 40 });
  scalars(0);
  second();
  for (const text of written) expect(text.length - "\r\x1b[K".length).toBeLessThan(40);
  expect(written.at(-1)).toContain("step 10/1,000");
});

test.each([
  ["without a terminal", {}],
  ["on a dumb one", { isTTY: true, env: { TERM: "dumb" } }],
])("%s a plain line comes every ten seconds", (_, kind) => {
  const { written, recorded, scalars, second, progress } = setup(kind);
  scalars(0);
  for (let i = 0; i < 25; i++) second();
  expect(written).toHaveLength(3);
  expect(written.join("")).not.toContain("\r");
  expect(written.join("")).not.toContain("\x1b");
  progress.end();
  expect(written).toHaveLength(4);
  expect(recorded.map((line) => `${line}\n`)).toEqual(written);
});

test("samples and notes are lines of their own; the raw grid beside the average is not told", () => {
  const { written, progress, event } = setup();
  progress.event(event({ type: "sample", step: 1, images: 64, path: "samples/fakes-000001.png", kind: "ema" }));
  progress.event(event({ type: "sample", step: 1, images: 64, path: "samples/fakes-000001-raw.png", kind: "raw" }));
  progress.event(event({ type: "note", step: 1, images: 64, level: "warning", message: "look" }));
  expect(written).toEqual(["samples  runs/x/samples/fakes-000001.png\n", "warning: look\n"]);
  expect(progress.samples).toBe("runs/x/samples/fakes-000001.png");
});

test("quiet leaves warnings only", () => {
  const { written, progress, event, scalars, second } = setup({ quiet: true });
  scalars(0);
  for (let i = 0; i < 12; i++) second();
  progress.event(event({ type: "note", step: 1, images: 64, level: "info", message: "fine" }));
  progress.event(event({ type: "note", step: 1, images: 64, level: "warning", message: "look" }));
  progress.end();
  expect(written).toEqual(["warning: look\n"]);
});

test("a run that goes on stands as it stood there", () => {
  const stoodAt = (step: number) =>
    stampEvent({
      type: "health",
      step,
      images: 1,
      state: "failing",
      code: "mode-collapse",
      reason: "",
    }) as RunEventOf<"health">;
  const { written, event, scalars, progress } = setup({ isTTY: true, stoodAt });
  progress.event(event({ type: "resume", step: 300, images: 1, checkpoint: "step-00000300" }));
  scalars(300);
  progress.tick();
  expect(written.at(-1)).toContain("failing: mode-collapse");
});
