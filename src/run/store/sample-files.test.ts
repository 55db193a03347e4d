import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { listSampleFiles, sampleFile } from "./sample-files.ts";

it("pictures are named by step and attempt, and listed with the newest last", () => {
  const dir = mkdtempSync(join(tmpdir(), "gantry-samples-"));
  try {
    const made = [
      { step: 200, attempt: 0 },
      { step: 1_000_000, attempt: 0 },
      { step: 100, attempt: 1 },
      { step: 100, attempt: 10 },
      { step: 300, attempt: 2 },
    ].flatMap((one) => [sampleFile({ ...one, raw: false }), sampleFile({ ...one, raw: true })]);
    expect(made.slice(-2)).toEqual(["fakes-000300-attempt-2.png", "fakes-000300-attempt-2-raw.png"]);
    for (const name of [...made, "reals.png", "fakes-x.png"]) writeFileSync(join(dir, name), "");
    expect(listSampleFiles(dir)).toEqual([
      "fakes-000200.png",
      "fakes-1000000.png",
      "fakes-000100-attempt-1.png",
      "fakes-000300-attempt-2.png",
      "fakes-000100-attempt-10.png",
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
