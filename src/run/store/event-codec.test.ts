import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UNKNOWN_FACTS } from "../../health/history.ts";
import { DataError } from "../../util/errors.ts";
import { decodeEvent, encodeEvent, stampEvent } from "./event-codec.ts";
import type { RunEvent, RunEventInput } from "./events.ts";

const NOW = new Date("2026-11-23T07:00:00.000Z");
const at = { step: 400, images: 25_600 };

/** One of each type; the compiler names a type that is missing. */
const EXAMPLES: { readonly [T in RunEvent["type"]]: Extract<RunEventInput, { type: T }> } = {
  start: { type: "start", step: 0, images: 0, run: "00000-dcgan-mnist", fingerprint: "abc" },
  resume: { type: "resume", ...at, checkpoint: null },
  scalars: {
    type: "scalars",
    ...at,
    values: { loss: 0.1, nan: Number.NaN, up: Infinity, down: -Infinity, none: null, NaN: 1 },
  },
  sample: { type: "sample", ...at, path: "samples/fakes-000400.png", kind: "ema" },
  checkpoint: { type: "checkpoint", ...at, path: "checkpoints/step-00000400.safetensors" },
  metric: {
    type: "metric",
    ...at,
    metric: "fid-10k-lenet_mnist",
    results: { fid: { value: 12.5, real: 0.5, ideal: 0, standardError: 0.1 }, slope: { value: Number.NaN } },
    better: "small",
    samples: 10_000,
    reference: { name: "mnist", count: 10_000 },
    real: null,
    seed: 0,
    weights: "ema",
    seconds: 1.5,
  },
  finding: {
    type: "finding",
    ...at,
    code: "mode-collapse",
    severity: "error",
    message: "The samples are all alike.\nLook.",
    confidence: 0.98,
    onset: { step: 320, images: 20_480 },
    evidence: [
      { signal: "diversity/samples", value: Number.NaN, low: 0.9, high: null, says: "NaN" },
      { signal: "NaN", value: 0.1, low: -Infinity, high: 1.1, says: "far below" },
    ],
    next: "relativistic-r1-r2",
  },
  remedy: {
    type: "remedy",
    ...at,
    name: "add-r1",
    finding: "mode-collapse",
    why: "because",
    changes: [{ key: "penalties", from: [], to: [{ name: "r1", gamma: 1 }] }],
    attempt: 1,
    backTo: 320,
  },
  baseline: {
    type: "baseline",
    ...at,
    facts: { ...UNKNOWN_FACTS, kind: "points", steps: 1000 },
    nulls: { "diversity/samples": { mean: 1, sd: 0.02, low: 0.94, high: Number.POSITIVE_INFINITY, pairs: 40 } },
  },
  probe: {
    type: "probe",
    ...at,
    of: "look",
    values: { "diversity/samples": 0.4, "tell/best": Number.NaN },
    vectors: { "bins/fake": [1, 0, 3], "sketch/generator": [Number.NaN, -1.5] },
  },
  health: { type: "health", ...at, state: "failing", code: "mode-collapse", reason: "NaN" },
  note: { type: "note", ...at, level: "warning", message: "größe 字 \u2028" },
  status: { type: "status", ...at, status: "interrupted", reason: "SIGTERM" },
};

describe("encodeEvent and decodeEvent", () => {
  it.each(Object.entries(EXAMPLES))("give back a %s event on one line", (type, input) => {
    const event = stampEvent(input, NOW);
    const line = encodeEvent(event);
    expect(line).not.toMatch(/[\n\r]/);
    expect(decodeEvent(line)).toEqual(event);
    expect(event).toMatchObject({ v: 1, type, time: "2026-11-23T07:00:00.000Z" });
  });

  it("write NaN and the infinities as text, which JSON would turn into null", () => {
    const line = encodeEvent(stampEvent(EXAMPLES.scalars, NOW));
    expect(JSON.parse(line).values).toEqual({
      loss: 0.1,
      nan: "NaN",
      up: "Infinity",
      down: "-Infinity",
      none: null,
      NaN: 1,
    });
  });

  it("say that a figure is good near a number", () => {
    const event = stampEvent({ ...EXAMPLES.metric, better: { near: 0 } }, NOW);
    expect(decodeEvent(encodeEvent(event))).toEqual(event);
  });

  it("keep a message that reads like a number as text", () => {
    const note = stampEvent({ type: "note", ...at, level: "info", message: "NaN" }, NOW);
    expect(decodeEvent(encodeEvent(note))).toEqual(note);
  });

  it("refuse to write an impossible step", () => {
    expect(() => encodeEvent(stampEvent({ ...EXAMPLES.note, step: Number.NaN }))).toThrow(/step NaN/);
    expect(() => encodeEvent(stampEvent({ ...EXAMPLES.note, images: 1.5 }))).toThrow(/image 1.5/);
  });

  const good = { v: 1, type: "note", step: 1, images: 64, time: "t", level: "info", message: "m" };
  it.each<[string, string, RegExp]>([
    ["no JSON", '{"v":1', /not valid JSON/],
    ["no object", "[1]", /not a JSON object/],
    ["another version", JSON.stringify({ ...good, v: 2 }), /event version 2; this version reads 1/],
    ["no version", JSON.stringify({ ...good, v: undefined }), /event version/],
    ["an unknown type", JSON.stringify({ ...good, type: "toString" }), /unknown type "toString"/],
    ["a negative step", JSON.stringify({ ...good, step: -1 }), /its step is -1/],
    ["no time", JSON.stringify({ ...good, time: undefined }), /its time is undefined/],
    ["a wrong level", JSON.stringify({ ...good, level: "loud" }), /its level is "loud"/],
    ["no message", JSON.stringify({ ...good, message: 5 }), /its message is 5/],
    ["values of text", JSON.stringify({ ...good, type: "scalars", values: { a: "x" } }), /its values is/],
    ["results of text", JSON.stringify({ ...good, ...EXAMPLES.metric, results: { fid: 1 } }), /its results is/],
    ["no direction", JSON.stringify({ ...good, ...EXAMPLES.metric, better: "near" }), /its better is "near"/],
    ["a direction to nowhere", JSON.stringify({ ...good, ...EXAMPLES.metric, better: { near: "0" } }), /its better is/],
    ["a null of text", JSON.stringify({ ...good, ...EXAMPLES.baseline, nulls: { a: "x" } }), /its nulls is/],
    ["a probe of nothing", JSON.stringify({ ...good, ...EXAMPLES.probe, of: "x" }), /its of is/],
    ["vectors of text", JSON.stringify({ ...good, ...EXAMPLES.probe, vectors: { a: ["x"] } }), /its vectors is/],
    ["an unknown state", JSON.stringify({ ...good, ...EXAMPLES.health, state: "well" }), /its state is/],
    ["evidence of nothing", JSON.stringify({ ...good, ...EXAMPLES.finding, evidence: [{}] }), /its evidence is/],
    ["an unknown status", JSON.stringify({ ...good, type: "status", status: "ok", reason: "" }), /its status is "ok"/],
  ])("refuse %s and say where", (_name, line, message) => {
    expect(decodeEvent(JSON.stringify(good))).toEqual(good);
    expect(() => decodeEvent(line, "log line 3")).toThrow(DataError);
    expect(() => decodeEvent(line, "log line 3")).toThrow(message);
    expect(() => decodeEvent(line, "log line 3")).toThrow(/^log line 3 /);
  });
});

it.each(["events.ts", "event-codec.ts", "json-numbers.ts", "safetensors.ts"])(
  "%s can run in a browser: it imports nothing of Node",
  (file) => {
    const source = readFileSync(new URL(file, import.meta.url), "utf8");
    const imports = [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    expect(
      imports.filter((from) => !/^(\.\.\/\.\.\/(util|health)\/|\.\/(events|json-numbers)\.ts$)/.test(from!)),
    ).toEqual([]);
    expect(imports.length).toBeGreaterThan(0);
    expect(source).not.toMatch(/\bBuffer\b|\bprocess\b|import\(/);
  },
);
