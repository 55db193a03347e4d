import { describe, expect, it, test } from "vitest";
import { FAILURE_CODES } from "../health/codes.ts";
import { DIAGNOSES } from "../health/diagnoses.ts";
import { remedyNamed } from "../health/remedies.ts";
import { ConfigError } from "../util/errors.ts";
import { entryJson, entryLines, entryOf, helpAfter, listLines, wrapped } from "./describe-failure.ts";

test("every code is listed with one sentence", () => {
  const lines = listLines();
  expect(lines.map((line) => line.split(" ")[0])).toEqual([...FAILURE_CODES]);
  for (const line of lines) expect(line).toMatch(/^[a-z-]+ {2,}[A-Z].*\.$/);
});

describe("a code as it is written", () => {
  it("is found whatever its case and spaces", () => {
    expect(entryOf("Mode Collapse").code).toBe("mode-collapse");
    expect(entryOf(" data_fault ").code).toBe("data-fault");
  });

  it("that is mistyped is answered with the nearest", () => {
    expect(() => entryOf("mode-colapse")).toThrow(ConfigError);
    expect(() => entryOf("mode-colapse")).toThrow('no failure is called "mode-colapse". Did you mean "mode-collapse"?');
    expect(() => entryOf("rainbow")).toThrow('no failure is called "rainbow".');
  });
});

describe.each(DIAGNOSES)("the entry of $code", (entry) => {
  const text = entryLines(entry).join("\n");

  it("says everything that the catalogue says", () => {
    const flat = text.replaceAll(/\s+/g, " ");
    for (const part of [entry.title, entry.symptom, entry.cause, ...entry.references, ...entry.remedies]) {
      expect(flat).toContain(part.replaceAll(/\s+/g, " "));
    }
    for (const { code, by } of entry.toldFrom)
      expect(text).toMatch(new RegExp(`^ {2}${code} +${by.slice(0, 12)}`, "m"));
  });

  it("names remedies that there are, with what they do", () => {
    for (const name of entry.remedies) {
      expect(remedyNamed(name), name).toBeDefined();
      expect(text).toContain(remedyNamed(name)!.title);
    }
  });

  it("goes through JSON whole", () => {
    const json = entryJson(entry);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json.remedies.every(({ kind }) => kind === "hot" || kind === "restart")).toBe(true);
  });
});

test("running text is cut between words, each line after the indent", () => {
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`).join(" ");
  const lines = wrapped(words, "  ");
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(line).toMatch(/^ {2}\S.{0,97}$/);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(words);
});

test("a training that was given up points at what is known of its failure; one whose numbers broke at its last checkpoint", () => {
  expect(helpAfter("mode-collapse: Mode collapse since step 20; tried: packing", "runs/7", true)).toBe(
    "`gantry explain mode-collapse` says what else may help, `gantry diagnose runs/7` what was seen",
  );
  expect(helpAfter("numerical-divergence: a step gave NaN", "runs/7", true)).toContain("gantry resume runs/7");
  expect(helpAfter("a step gave NaN", "runs/7", false)).toContain("start anew");
});
