import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../run/store/events.ts";
import { DataError } from "../util/errors.ts";
import { sideBySide } from "./side-by-side.ts";
import { trainingSeconds } from "./train-trial.ts";
import { appendRecord, readRecords, recordFigures, type TrialRecord } from "./trial-record.ts";

const dir = mkdtempSync(join(tmpdir(), "gantry-records-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const record = (trial: number): TrialRecord => ({
  v: 1,
  benchmark: "ring",
  protocol: "gantry-12k",
  recipe: "gan",
  trial,
  fingerprint: "0",
  status: "finished",
  reason: "",
  figures: { minutes: 1 },
  ideal: {},
  real: {},
  steps: 1,
  seconds: 60,
  processorSeconds: null,
  threads: 1,
  versions: { gantry: "1", node: "20", onnxruntime: null },
  cpu: "a processor",
});

describe("records", () => {
  it("are appended line by line, to a file that is made with its folder", () => {
    const path = join(dir, "deep", "results.jsonl");
    expect(readRecords(path)).toEqual([]);
    appendRecord(path, record(0));
    appendRecord(path, record(1));
    expect(readRecords(path)).toEqual([record(0), record(1)]);
  });

  it("survive a torn last line, which the next one replaces", () => {
    const path = join(dir, "torn.jsonl");
    appendRecord(path, record(0));
    writeFileSync(path, `${readFileSync(path, "utf8")}{"v":1,"benchm`);
    expect(readRecords(path)).toEqual([record(0)]);
    appendRecord(path, record(1));
    expect(readRecords(path)).toEqual([record(0), record(1)]);
  });

  it.each(["{", "[]", '{"v":2}', '{"v":1,"benchmark":"ring"}'])("refuse the line %s by its number", (line) => {
    const path = join(dir, "bad.jsonl");
    writeFileSync(path, `${JSON.stringify(record(0))}\n${line}\n`);
    expect(() => readRecords(path)).toThrow(DataError);
    expect(() => readRecords(path)).toThrow(/line 2/);
  });

  it.each([
    ["no figure", { figures: {} }],
    ["none of its protocol's figures", { figures: { fid: 3 } }],
    ["an unknown status", { status: "done" }],
    ["changes that are no text", { changes: 3 }],
  ])("refuse a line with %s", (_, wrong) => {
    const path = join(dir, "hollow.jsonl");
    writeFileSync(path, `${JSON.stringify(record(0))}\n${JSON.stringify({ ...record(1), ...wrong })}\n`);
    expect(() => readRecords(path)).toThrow(DataError);
    expect(() => readRecords(path)).toThrow(/line 2/);
  });

  it("have no figures where a trial failed, and any where the protocol is gone", () => {
    const path = join(dir, "kept.jsonl");
    const failed = { ...record(0), status: "failed", figures: {} } as const;
    const gone = { ...record(1), protocol: "a protocol that is gone", figures: { fid: 3 } };
    const changed = { ...record(2), protocol: "gantry-12k (changed)", changes: "steps=60" };
    writeFileSync(path, "");
    for (const one of [failed, gone, changed]) appendRecord(path, one);
    expect(readRecords(path)).toEqual([failed, gone, changed]);
  });

  it("hold figures by their full names, null where one is not defined", () => {
    const evaluation = {
      metric: "modes-10",
      results: { captured: { value: 0, ideal: 8, real: 8 }, "reverse-kl": { value: Number.NaN, ideal: 0.1 } },
      better: "large",
      samples: 10,
      reference: { name: "ring", count: 10 },
      seed: 0,
    } as const;
    expect(recordFigures([evaluation])).toEqual({
      figures: { "modes-10": 0, "modes-10/reverse-kl": null },
      ideal: { "modes-10": 8, "modes-10/reverse-kl": 0.1 },
      real: { "modes-10": 8 },
    });
  });
});

it("the time of a training is that of its parts, without what lay between an interruption and its resumption", () => {
  const at = (type: string, second: number) =>
    ({ type, time: new Date(second * 1000).toISOString() }) as unknown as RunEvent;
  const events = [at("start", 0), at("scalars", 3), at("status", 5), at("resume", 100), at("status", 102)];
  expect(trainingSeconds(events)).toBe(7);
  expect(trainingSeconds([])).toBe(0);
});

describe("work side by side", () => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 1));

  it("is never more than asked for, starts in order and does everything", async () => {
    let [now, most] = [0, 0];
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      most = Math.max(most, ++now);
      await later();
      now--;
    };
    await sideBySide([1, 2, 3, 4, 5], work, { jobs: 2, stop: () => {} });
    expect([begun, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it("starts nothing more after an error, which it throws when the rest has ended", async () => {
    const done: number[] = [];
    let stopped = 0;
    const work = async (item: number) => {
      await later();
      if (item === 2) throw new Error("two");
      await later();
      done.push(item);
    };
    const all = sideBySide([1, 2, 3, 4], work, { jobs: 2, stop: () => stopped++ });
    await expect(all).rejects.toThrow("two");
    expect([done, stopped]).toEqual([[1], 1]);
  });

  it("starts nothing more after the signal", async () => {
    const controller = new AbortController();
    const done: number[] = [];
    const work = async (item: number) => {
      done.push(item);
      controller.abort();
    };
    await sideBySide([1, 2, 3], work, { jobs: 1, signal: controller.signal, stop: () => {} });
    expect(done).toEqual([1]);
  });
});
