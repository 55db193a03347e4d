import { describe, expect, it } from "vitest";
import { findProtocol } from "./protocols.ts";
import { markdownOf, notesOf, reportsOn, summaryText, tableOf } from "./report.ts";
import { meanWithError, medianOf, reportOn } from "./summary.ts";
import type { TrialRecord } from "./trial-record.ts";

const record = (recipe: string, trial: number, modes: number | null, more: Partial<TrialRecord> = {}): TrialRecord => ({
  v: 1,
  benchmark: "ring",
  protocol: "gantry-12k",
  recipe,
  trial,
  fingerprint: "0",
  status: "finished",
  reason: "",
  figures: { "modes-2500": modes, "modes-2500/high-quality": 0.97, "modes-2500/reverse-kl": null, minutes: 1 },
  ideal: { "modes-2500": 8, "modes-2500/high-quality": 0.98889 },
  real: { "modes-2500": 8 },
  steps: 12_000,
  seconds: 60,
  processorSeconds: null,
  threads: 1,
  versions: { gantry: "1", node: "20", onnxruntime: "1" },
  cpu: "a processor",
  ...more,
});

describe("figures over trials", () => {
  it("are a mean and its standard error", () => {
    // Deviation of the sample 1, 2, 3, 4: the root of 5/3; over the root of 4.
    expect(meanWithError([1, 2, 3, 4])).toEqual({ value: 2.5, error: Math.sqrt(5 / 3) / 2, trials: 4 });
    expect(meanWithError([7])).toEqual({ value: 7, trials: 1 });
    expect(meanWithError([])).toEqual({ value: null, trials: 0 });
  });

  it("or a median", () => {
    expect(medianOf([9, 1, 5]).value).toBe(5);
    expect(medianOf([9, 1, 5, 6]).value).toBe(5.5);
    expect(medianOf([]).value).toBeNull();
  });

  it("are written with an error of two digits, and as many decimals as it has", () => {
    const column = (format: "number" | "percent" | "count") => ({ figure: "x", title: "x", format });
    const text = (
      value: number | null,
      error: number | undefined,
      format: "number" | "percent" | "count",
      trials = 4,
    ) => summaryText({ value, trials, ...(error !== undefined && { error }) }, 4, column(format));
    expect(text(6.3, 0.51, "number")).toBe("6.30 ± 0.51");
    expect(text(0.00712, 0.00049, "number")).toBe("0.00712 ± 0.00049");
    expect(text(4.4123, 0.003, "number")).toBe("4.4123 ± 0.0030");
    // Rounded to two digits, 0.0996 is 0.10.
    expect(text(2, 0.0996, "number")).toBe("2.00 ± 0.10");
    expect(text(484.52, 12.6, "number")).toBe("485 ± 13");
    expect(text(0.9821, 0.0021, "percent")).toBe("98.21 ± 0.21 %");
    expect(text(0.009, 0.0002, "percent")).toBe("0.900 ± 0.020 %");
    // Equal trials, whose sum may be rounded; and a single one, which has no error.
    expect(text(0.2504, 2e-17, "number")).toBe("0.2504 ± 0");
    expect(text(0.97, 0, "percent")).toBe("97 ± 0 %");
    expect(text(4.4123, undefined, "number", 1)).toBe("4.41 (1 of 4)");
    expect(text(0.75, undefined, "count")).toBe("3 of 4");
    expect(text(null, undefined, "number")).toBe("–");
    // A divergence that only two of four trials have is not the mean of four.
    expect(text(0.5, 0.1, "number", 2)).toBe("0.50 ± 0.10 (2 of 4)");
  });
});

describe("a report", () => {
  const records = [
    ...[8, 7, 8].map((modes, trial) => record("gan", trial, modes)),
    record("gan", 3, null, { status: "failed", reason: "loss/generator is NaN", figures: { minutes: 0.1 } }),
    record("recommended", 0, 8),
  ];
  const report = reportOn(findProtocol("ring"), "gantry-12k", records);

  it("has a row for each recipe, and counts what failed instead of leaving it out unseen", () => {
    expect(report.rows.map(({ recipe, trials, failed }) => [recipe, trials, failed])).toEqual([
      ["gan", 4, 1],
      ["recommended", 1, 0],
    ]);
    expect(report.rows[0]!.figures["modes-2500"]).toEqual({
      value: 23 / 3,
      error: expect.closeTo(1 / 3, 12),
      trials: 3,
    });
    expect(report.rows[0]!.figures["modes-2500/reverse-kl"]).toEqual({ value: null, trials: 0 });
  });

  it("has the bare name of a recipe that is gone", () => {
    const old = reportOn(findProtocol("ring"), "gantry-12k", [record("gan-of-old", 0, 8)]);
    expect(old.rows).toMatchObject([{ recipe: "gan-of-old", title: "gan-of-old", trials: 1 }]);
  });

  it("stands beside theory, reals and published rows with their sources", () => {
    const { head, rows } = tableOf(report);
    expect(head.slice(0, 4)).toEqual(["recipe", "trials", "modes of 8", "high quality"]);
    const row = (label: string) => rows.find(([first]) => first === label);
    expect(row("non-saturating GAN")?.slice(0, 4)).toEqual([
      "non-saturating GAN",
      "4, 1 failed",
      "7.67 ± 0.33",
      "97 ± 0 %",
    ]);
    expect(row("perfect samples, in theory")?.slice(2, 4)).toEqual(["8", "98.9 %"]);
    expect(row("reals judged by reals")?.slice(2, 4)).toEqual(["8", "–"]);
    expect(row("PacGAN2, published")?.slice(2, 5)).toEqual(["7.9 ± 0.1", "95.6 ± 2.0 %", "0.07 ± 0.03"]);
    const notes = notesOf(report).join("\n");
    expect(notes).toContain("table 1 (fjxmlzn/PacGAN");
    expect(notes).toMatch(/Not as published: .*400,000 steps/);
    expect(notes).toContain("other networks");
  });

  it("is Markdown whose rows have as many cells as the head", () => {
    const lines = markdownOf(report).split("\n");
    expect(lines[0]).toBe("### ring: gantry-12k");
    const cells = lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").length);
    expect(cells.length).toBeGreaterThan(10);
    expect(new Set(cells).size).toBe(1);
  });

  it("says on which machine, and on what device", () => {
    const { machines } = reportOn(findProtocol("ring"), "gantry-12k", [
      record("gan", 0, 8),
      record("gan", 1, 8),
      record("gan", 2, 8, { device: "webgpu" }),
    ]);
    const versions = "Gantry 1, Node 20, onnxruntime-node 1";
    expect(machines).toEqual([
      `a processor, one thread; ${versions}`,
      `a processor, one thread, steps on webgpu; ${versions}`,
    ]);
  });

  it("counts the last record of a trial, and keeps changed protocols apart", () => {
    const all = [
      record("gan", 0, 1),
      record("gan", 0, 8),
      record("gan", 0, 3, { protocol: "gantry-12k (changed)" }),
      record("gan", 0, 3, { protocol: "a protocol that is gone" }),
    ];
    const reports = reportsOn(all);
    expect(reports.map(({ protocol }) => protocol)).toEqual(["gantry-12k", "gantry-12k (changed)"]);
    expect(reports.map(({ rows }) => rows[0]!.figures["modes-2500"]!.value)).toEqual([8, 3]);
  });

  it("tells changed trials apart by what was changed, and does not call them the protocol", () => {
    const changed = (trial: number, changes: string, steps: number) =>
      record("gan", trial, trial + 1, { protocol: "gantry-12k (changed)", changes, steps });
    const reports = reportsOn([
      record("gan", 0, 8),
      changed(0, "steps=90", 90),
      changed(1, "steps=60", 60),
      record("gan", 2, 5, { protocol: "gantry-12k (changed)" }),
      changed(1, "steps=90", 90),
    ]);
    expect(reports.map(({ protocol, rows }) => [protocol, rows[0]!.trials])).toEqual([
      ["gantry-12k", 1],
      ["gantry-12k (changed: steps=90)", 2],
      ["gantry-12k (changed: steps=60)", 1],
      ["gantry-12k (changed)", 1],
    ]);
    const [own, ...others] = reports.map((found) => notesOf(found).join("\n"));
    expect(own).toContain("12,000 steps");
    for (const notes of others) expect(notes).not.toContain("12,000");
    expect(markdownOf(reports[2]!)).toMatch(/^### ring: gantry-12k \(changed: steps=60\)\n/);
  });

  it("says of second-hand rows that they are", () => {
    const stacked = reportOn(findProtocol("stacked-mnist", "veegan-like-10k"), "veegan-like-10k", []);
    const labels = tableOf(stacked).rows.map(([label]) => label);
    expect(labels).toContain("relativistic + R1 + R2, published (second-hand)");
    expect(labels).toContain("PacDCGAN2, published");
    expect(notesOf(stacked).join("\n")).toMatch(/R3GAN.*, second-hand/);
  });
});
